/**
 * The catalog as series, for the texts of alerts: one for each error type, always 1, with what to do in its labels. An
 * alert asks for the series of its error type when it fires. Its own labels stay short and the same when a text changes,
 * and a catalog of a thousand entries makes no alert longer.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { INFERRED, UNCLASSIFIED } from '../telemetry/metric-labels.ts';
import type { RecordingRule } from './rules.ts';

export const ENTRY_INFO = 'error_type:triage_catalog_entry:info';

/** Longer texts are cut: labels are held in memory as long as the series lives. */
const MAX_LABEL_CHARS = 1_000;

interface EntryLabels {
  readonly error_type: string;
  readonly title: string;
  readonly action: string;
  readonly owner: string;
  readonly retryable: string;
  readonly resolution: string;
  readonly steps: string;
}

/** Error types that are no entries. */
const PSEUDO_ENTRIES: readonly EntryLabels[] = [
  {
    error_type: UNCLASSIFIED,
    title: 'Errors that no entry of the catalog fits',
    action: 'write-entry',
    owner: 'us',
    retryable: 'unknown',
    resolution: 'Find out what they are, and write an entry for them.',
    steps: steps([
      'Read the events with the outcome "unclassified" in the output topic, most frequent fingerprint first.',
      'Ask `triage explain` about one of each group: it names the nearest entries and what they lack.',
      'Add a pattern or an entry to the catalog.',
    ]),
  },
  {
    error_type: INFERRED,
    title: 'Errors that are known only by their condition, such as an HTTP status',
    action: 'read-events',
    owner: 'us',
    retryable: 'unknown',
    resolution: 'Read the events: each has the likely entry and what it says to do.',
    steps: steps([
      'Read the events with the confidence "inferred" in the output topic.',
      'Do what they say where the guess is right.',
      'Add the text to the patterns of that entry, so that it is known from then on.',
    ]),
  },
];

export function catalogRules({ entries }: Catalog): RecordingRule[] {
  const ofEntries = entries.map(({ id, title, resolution }) => ({
    error_type: id,
    title,
    action: resolution.action,
    owner: resolution.owner,
    retryable: resolution.retryable ? 'yes' : 'no',
    resolution: resolution.summary,
    steps: steps(resolution.steps),
  }));
  return [...ofEntries, ...PSEUDO_ENTRIES].map((labels) => ({
    record: ENTRY_INFO,
    expr: 'vector(1)',
    labels: Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, asLabel(text)])),
  }));
}

function steps(texts: readonly string[]): string {
  return texts.map((text, i) => `${i + 1}. ${text}`).join(' ');
}

function asLabel(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MAX_LABEL_CHARS ? line : `${line.slice(0, MAX_LABEL_CHARS - 1).toWellFormed()}…`;
}
