/** What the schema cannot demand of the texts that people get: that they say something, and nothing contradictory. */
import { type Catalog, type CatalogEntry, placeKey } from './catalog.ts';
import { type CheckCode, type Finding, finding, quote } from './findings.ts';
import type { ACTIONS } from './schema.ts';

export function checkResolutions({ entries, places }: Catalog): Finding[] {
  return entries.flatMap((entry) => {
    const atResolution = places[placeKey(entry.id, 'resolution')] ?? entry.location;
    const report = (code: CheckCode, problem: string | undefined, location = atResolution) =>
      problem === undefined ? [] : [finding(code, location, `${entry.id}: ${problem}`)];
    const { title, description, resolution } = entry;
    const texts = [resolution.summary, ...resolution.steps];
    return [
      ...report('unwritten-text', unwritten([title, description]), entry.location),
      ...report('unwritten-text', unwritten(texts)),
      ...report('thin-resolution', thin(entry)),
      ...report('action-not-in-steps', silentAction(entry)),
      ...report('contradicting-retry', contradiction(entry)),
    ];
  });
}

/** A sign for "later", alone or before the text, or no letter at all. */
function unwritten(texts: readonly string[]): string | undefined {
  const text = texts.find(
    (each) => /^\W*(?:TODO|TBD|FIXME|XXX|WIP|N\/A|lorem ipsum)\b/i.test(each) || !/\p{L}/u.test(each),
  );
  return text === undefined ? undefined : `${quote(text)} says nothing`;
}

function thin({ resolution: { summary, steps } }: CatalogEntry): string | undefined {
  const said = plain(summary);
  return steps.every((step) => plain(step) === said)
    ? `the only step repeats the summary ${quote(summary)}`
    : undefined;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

type Action = (typeof ACTIONS)[number];

/** How English texts speak of an action; actions that can be said in any words are left out. */
const SAID_AS: Readonly<Partial<Record<Action, RegExp>>> = {
  retry: /\b(?:re)?(?:try|tries|attempt|run|wait)|again|later/i,
  'test-connection': /\btest/i,
  reconnect: /connect/i,
  'upgrade-plan': /upgrad|plan|licen[cs]e|edition|subscription|tier/i,
  'assign-license': /licen[cs]e/i,
  'contact-support': /support|contact|ticket/i,
};

const ENGLISH = /\b(?:the|to|and|of|with|for)\b/i;

function silentAction({ resolution: { action, summary, steps } }: CatalogEntry): string | undefined {
  const said = [summary, ...steps].join('\n');
  const expected = SAID_AS[action];
  if (expected === undefined || expected.test(said) || !ENGLISH.test(said)) return undefined;
  return `the action is ${action}, and neither summary nor steps say so`;
}

/** Somebody has to do these before the same call can succeed. */
const NEEDS_SOMEBODY: readonly Action[] = [
  'reconnect',
  'grant-permission',
  'upgrade-plan',
  'assign-license',
  'enable-service',
  'renew-credentials',
];

function contradiction({ resolution: { action, retryable } }: CatalogEntry): string | undefined {
  if (action === 'retry' && !retryable) return 'the action is retry, but `retryable` is false';
  if (retryable && NEEDS_SOMEBODY.includes(action)) {
    return `\`retryable\` is true, but with the action ${action} somebody has to act first`;
  }
  return undefined;
}
