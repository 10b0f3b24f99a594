/** Measures a catalog against labelled messages: how many answers are acceptable, and where those that are not lie. */
import type { Matcher } from '../matcher/matcher.ts';
import { compareText } from '../matcher/precedence.ts';
import type { CatalogEntry } from './catalog.ts';
import type { Label } from './label.ts';
import { CONFIDENCES } from './schema.ts';

/** Answers of one group: an app, a confidence, a kind. */
export interface Group {
  readonly name: string;
  readonly given: number;
  readonly right: number;
  readonly wrong: number;
}

/** One answer that no label accepts. */
export interface WrongAnswer {
  readonly id: string;
  readonly app: string | null;
  /** The acceptable answers: ids of entries, `none`, or what the catalog lacks, marked so. */
  readonly expected: readonly string[];
  readonly got: string | null;
  readonly confidence: string;
  readonly message: string;
  readonly note: string;
}

export interface AccuracyReport {
  readonly messages: number;
  readonly acceptable: number;
  /** By name; an app is named by its key, one that the catalog does not know as the label writes it. */
  readonly apps: readonly Group[];
  /** From strong to weak, then `none`: every one of them, given or not. */
  readonly confidences: readonly Group[];
  /** The worst first. A message counts for each of its kinds. */
  readonly kinds: readonly Group[];
  readonly errors: readonly WrongAnswer[];
  /** Ids of entries that no message gave. */
  readonly neverGiven: readonly string[];
}

/** What stands for no app, no kind and no answer in the report. */
const NO_APP = '(no app)';
const NO_KIND = '(no kind)';
const NONE = 'none';

/** Collects answers one by one; the report may be asked for at any time. */
export class Accuracy {
  private readonly matcher: Matcher;
  private readonly mayInfer: boolean;
  private readonly apps = new Tally();
  private readonly confidences = new Tally([...CONFIDENCES, NONE]);
  private readonly kinds = new Tally();
  private readonly errors: WrongAnswer[] = [];
  private readonly given = new Set<CatalogEntry>();
  private messages = 0;

  /** Without `mayInfer`, an inferred answer counts as none, as where the setting `inferred` is off. */
  constructor(matcher: Matcher, { mayInfer }: { readonly mayInfer: boolean }) {
    this.matcher = matcher;
    this.mayInfer = mayInfer;
  }

  add(label: Label): void {
    const app = this.matcher.resolveApp(label.app ?? undefined);
    const found = this.matcher.classify(label.message, app);
    const match = found.kind === 'match' ? found.match : undefined;
    const given = match?.confidence === 'inferred' && !this.mayInfer ? undefined : match;
    const entry = given?.entry;
    const confidence = given?.confidence ?? NONE;
    const isRight = label.accept.some((answer) => accepts(answer, entry));
    this.messages++;
    if (entry) this.given.add(entry);
    this.apps.add(app.kind === 'known' ? app.key : app.kind === 'missing' ? NO_APP : (label.app ?? NO_APP), isRight);
    this.confidences.add(confidence, isRight);
    for (const kind of kindsOf(label)) this.kinds.add(kind, isRight);
    if (isRight) return;
    const { id, message, note } = label;
    const expected = label.accept.flatMap((answer) => this.describe(answer));
    this.errors.push({ id, app: label.app || null, expected, got: entry?.id ?? null, confidence, message, note });
  }

  report(): AccuracyReport {
    return {
      messages: this.messages,
      acceptable: this.messages - this.errors.length,
      apps: this.apps.groups().sort((a, b) => compareText(a.name, b.name)),
      confidences: this.confidences.groups(),
      kinds: this.kinds.groups().sort(worstFirst),
      errors: this.errors,
      neverGiven: this.matcher.catalog.entries.filter((entry) => !this.given.has(entry)).map(({ id }) => id),
    };
  }

  private describe(answer: Label['accept'][number]): string[] {
    if (answer === null) return [NONE];
    const ids = this.matcher.catalog.entries.filter((entry) => accepts(answer, entry)).map(({ id }) => id);
    if (ids.length > 0) return ids;
    return [`${typeof answer === 'number' ? `row ${answer}` : answer} (not in the catalog)`];
  }
}

/** A row stands for every entry that was taken from it, in whichever document. */
function accepts(answer: Label['accept'][number], entry: CatalogEntry | undefined): boolean {
  if (answer === null || entry === undefined) return answer === null && entry === undefined;
  return typeof answer === 'number' ? entry.source?.row === answer : entry.id === answer;
}

function kindsOf({ kind }: Label): Iterable<string> {
  const parts = kind.split(',').map((part) => part.trim());
  const named = new Set(parts.filter((part) => part !== ''));
  return named.size > 0 ? named : [NO_KIND];
}

class Tally {
  private readonly counts: Map<string, { right: number; wrong: number }>;

  /** `names`: groups that are listed even when they stay empty. */
  constructor(names: readonly string[] = []) {
    this.counts = new Map(names.map((name) => [name, { right: 0, wrong: 0 }]));
  }

  add(name: string, isRight: boolean): void {
    const count = this.counts.get(name) ?? { right: 0, wrong: 0 };
    this.counts.set(name, count);
    count[isRight ? 'right' : 'wrong']++;
  }

  groups(): Group[] {
    return [...this.counts].map(([name, { right, wrong }]) => ({ name, given: right + wrong, right, wrong }));
  }
}

function worstFirst(a: Group, b: Group): number {
  return a.right / a.given - b.right / b.given || b.given - a.given || compareText(a.name, b.name);
}

/** `100.0 %` only when all are right: the share is rounded down. */
export function percent(right: number, all: number): string {
  return all === 0 ? '-' : `${(Math.floor((right * 1000) / all) / 10).toFixed(1)} %`;
}
