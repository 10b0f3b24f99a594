/**
 * Which pattern wins when several match: a total order that depends on the patterns alone, never on file order.
 * A known text before the same condition in other words; the app's own entries before those for all apps; an entry that knows the condition before a generic one (so a vendor
 * code outranks an HTTP text); then more literal text, fewer placeholders, stronger confidence; at last id and text.
 */
import { ALL_APPS, CONFIDENCES } from '../catalog/schema.ts';
import type { RankedPattern } from './program.ts';

type Ordered = Pick<RankedPattern, 'entry' | 'spec' | 'pattern'>;

/** Each rule: what it is called in explanations, and the number by which the lower one wins. */
const RULES: readonly { readonly name: string; readonly value: (pattern: Ordered) => number }[] = [
  {
    name: 'is a known text, not only the same condition in other words',
    value: ({ spec }) => (spec.confidence === 'inferred' ? 1 : 0),
  },
  { name: 'belongs to the app itself, not to all apps', value: ({ entry }) => (entry.app === ALL_APPS ? 1 : 0) },
  { name: 'names the condition, not only its kind', value: ({ entry }) => (entry.generic ? 1 : 0) },
  { name: 'has more literal text', value: ({ pattern }) => -pattern.literalLength },
  { name: 'has fewer placeholders', value: ({ pattern }) => pattern.gaps.length },
  { name: 'is of stronger confidence', value: ({ spec }) => CONFIDENCES.indexOf(spec.confidence) },
];

/** Negative when `a` wins over `b`; 0 only for the same pattern of the same entry. */
export function comparePrecedence(a: Ordered, b: Ordered): number {
  for (const { value } of RULES) {
    const difference = value(a) - value(b);
    if (difference !== 0) return difference;
  }
  return compareText(a.entry.id, b.entry.id) || compareText(a.spec.text, b.spec.text);
}

/** Why the winner won, in words that follow "the winner ..." in an explanation. */
export function reasonOfPrecedence(winner: Ordered, loser: Ordered): string {
  const rule = RULES.find(({ value }) => value(winner) !== value(loser));
  return rule?.name ?? 'comes first by id (the texts are equally specific: a tie)';
}

/** By UTF-16 units: the same order everywhere, whatever the language of the machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
