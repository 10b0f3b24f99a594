/** Which events another catalog would answer otherwise. */
import type { CatalogEntry } from './catalog.ts';
import { canonical } from './diff.ts';

/** What became of one event: an entry's answer, or none. */
export type Answer = CatalogEntry | 'unclassified' | 'ignored';

export interface ReplayedEvent {
  readonly id: string | null;
  readonly app: string | null;
  readonly message: string;
}

export interface AnswerChange {
  /** An error type, `unclassified` or `ignored`; equal to `to` where only the resolution differs. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly examples: readonly ReplayedEvent[];
}

export interface ReplayReport {
  readonly events: number;
  readonly changed: number;
  /** The most frequent first. */
  readonly changes: readonly AnswerChange[];
}

const MAX_EXAMPLES = 3;
/** Longer messages are cut in examples. */
const MAX_MESSAGE_CHARS = 300;

/** Collects the answers of two catalogs to the same events. Holds counts and examples only, however many events. */
export class Replay {
  private readonly changes = new Map<
    string,
    Omit<AnswerChange, 'count' | 'examples'> & { count: number; examples: ReplayedEvent[] }
  >();
  private readonly resolutions = new Map<CatalogEntry, string>();
  private events = 0;

  add(event: ReplayedEvent, before: Answer, after: Answer): void {
    this.events++;
    if (before === after) return;
    const from = nameOf(before);
    const to = nameOf(after);
    if (from === to && this.resolutionOf(before) === this.resolutionOf(after)) return;
    const key = `${from} ${to}`;
    const change = this.changes.get(key) ?? { from, to, count: 0, examples: [] };
    this.changes.set(key, change);
    change.count++;
    if (change.examples.length < MAX_EXAMPLES)
      change.examples.push({ ...event, message: event.message.slice(0, MAX_MESSAGE_CHARS) });
  }

  report(): ReplayReport {
    const changes = [...this.changes.values()].sort(
      (a, b) => b.count - a.count || (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1),
    );
    return { events: this.events, changed: changes.reduce((sum, { count }) => sum + count, 0), changes };
  }

  private resolutionOf(answer: Answer): string {
    if (typeof answer === 'string') return '';
    const known = this.resolutions.get(answer);
    if (known !== undefined) return known;
    // An entry without links says the same as one with none.
    const { resolution } = answer;
    const text = canonical({ ...resolution, links: resolution.links ?? [] });
    this.resolutions.set(answer, text);
    return text;
  }
}

function nameOf(answer: Answer): string {
  return typeof answer === 'string' ? answer : answer.id;
}
