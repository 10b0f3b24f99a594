/** Two texts of one app that run into each other (the end of one is the beginning of the other) and rank alike. */
import type { Candidate } from '../matcher/matcher.ts';
import { comparePrecedence, reasonOfPrecedence } from '../matcher/precedence.ts';
import type { CatalogEntry } from './catalog.ts';
import { type Finding, finding, quote } from './findings.ts';
import { type KnownText, witnesses } from './witness.ts';

/** Fewer common words are chance: any two texts may follow each other in one message. */
const MIN_COMMON_WORDS = 2;

/** Only texts with equal rank are compared, by their first words, so the work grows with the catalog, not its square. */
export function tiedOverlaps(
  texts: readonly KnownText[],
  candidates: (message: string, entry: CatalogEntry) => readonly Candidate[],
): Finding[] {
  const beginnings = new Map<string, KnownText[]>();
  for (const text of texts) {
    const key = beginningKey(text, text.pattern.segments[0]!.words);
    beginnings.set(key, [...(beginnings.get(key) ?? []), text]);
  }
  return texts.flatMap((text) => {
    const last = text.pattern.segments.at(-1)!.words;
    return last.slice(1, last.length - MIN_COMMON_WORDS + 1).flatMap((_, i) => {
      const common = last.slice(i + 1);
      const others = beginnings.get(beginningKey(text, common)) ?? [];
      return others.flatMap((other) => {
        if (other.entry === text.entry || !beginsWith(other, common)) return [];
        const witness = joined(text, other, common.length);
        return tie(text, other, witness, candidates(witness, text.entry));
      });
    });
  });
}

/** What decides precedence before the ids do, and the first words. */
function beginningKey({ entry, spec, pattern }: KnownText, words: readonly string[]): string {
  const rank = [entry.app, entry.generic, pattern.literalLength, pattern.gaps.length, spec.confidence];
  return JSON.stringify([rank, words.slice(0, MIN_COMMON_WORDS)]);
}

function beginsWith({ pattern }: KnownText, common: readonly string[]): boolean {
  const { words } = pattern.segments[0]!;
  return words.length > common.length && common.every((word, i) => words[i] === word);
}

/** A message that holds both texts, one running into the other. */
function joined(first: KnownText, second: KnownText, common: number): string {
  const [head, ...others] = second.pattern.segments;
  const rest = { ...head!, literal: head!.words.slice(common).join(' ') };
  const [start] = witnesses(first);
  const [end] = witnesses({ pattern: { ...second.pattern, segments: [rest, ...others] } });
  return `${start} ${end}`;
}

function tie(a: KnownText, b: KnownText, witness: string, candidates: readonly Candidate[]): Finding[] {
  const isFound = ({ entry, spec }: KnownText) =>
    candidates.some((each) => each.entry === entry && each.pattern === spec.text);
  const best = candidates[0]?.entry;
  if (!isFound(a) || !isFound(b) || (best !== a.entry && best !== b.entry)) return [];
  const [winner, loser] = comparePrecedence(a, b) < 0 ? [a, b] : [b, a];
  const message =
    `${loser.entry.id}: the pattern ${quote(loser.spec.text)} overlaps with ${quote(winner.spec.text)} of ` +
    `${winner.entry.id}; the message ${quote(witness)} gives ${winner.entry.id}, which ${reasonOfPrecedence(winner, loser)}`;
  return [finding('undecided-overlap', loser.location, message)];
}
