/**
 * The way of one record, top to bottom: decode -> select -> classify -> enrich -> encode. Pure and synchronous: no I/O,
 * no clock of its own, no logger, no metrics. Every record ends in exactly one outcome.
 *
 * Folder rule: `pipeline/` imports `events/`, `matcher/` and types of `transport/port.ts`; nothing else.
 */
import { messageOf } from '../errors.ts';
import { type DeadLetter, toDeadLetterRecord } from '../events/dead-letter.ts';
import type { Outcome } from '../events/outcome.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { OutboundRecord, SourceRecord } from '../transport/port.ts';
import { classify, isKnown } from './classify.ts';
import { decode } from './decode.ts';
import { enrich } from './enrich.ts';
import { select } from './select.ts';

export interface PipelineOptions {
  readonly topics: { readonly output: string; readonly deadLetter: string };
  readonly limits: {
    /** A larger value is set aside undecoded. */
    readonly recordBytes: number;
    /** Longer messages are cut in the emitted event. */
    readonly messageChars: number;
  };
  /** Whether entries may be given for the same condition in other words (marked `inferred`). */
  readonly mayInfer: boolean;
  /** Version of this program, for dead letters. */
  readonly version: string;
}

export interface Processed {
  readonly outcome: Outcome;
  /** What is to be published for the record; nothing for ignored ones. */
  readonly outbound: OutboundRecord | undefined;
}

/** Processes one record. Never throws: a failure that is a bug sets the record aside and says so. */
export function processRecord(
  record: SourceRecord,
  matcher: Matcher,
  nowMs: number,
  options: PipelineOptions,
): Processed {
  let outcome: Outcome;
  try {
    outcome = decide(record, matcher, nowMs, options);
  } catch (error) {
    const letter: DeadLetter = { reason: 'internal-error', stage: 'classify', error: messageOf(error) };
    outcome = { kind: 'dead-lettered', letter };
  }
  return { outcome, outbound: encode(record, outcome, options) };
}

function decide(record: SourceRecord, matcher: Matcher, nowMs: number, options: PipelineOptions): Outcome {
  const decoded = decode(record.value, options.limits.recordBytes);
  if (decoded.kind === 'dead-letter') return { kind: 'dead-lettered', letter: decoded.letter };
  if (decoded.kind === 'tombstone') return { kind: 'ignored', id: undefined, app: undefined };
  const { event } = decoded;
  const selection = select(event);
  if (selection === 'no') return { kind: 'ignored', id: event.id, app: event.app };
  const found = classify(event, matcher, options.mayInfer);
  const isFound = found.classification.kind === 'match';
  if (selection === 'if-known' && !isKnown(found.classification))
    return { kind: 'ignored', id: event.id, app: event.app };
  const enriched = enrich({ record, event, found, catalog: matcher.catalog, nowMs }, options.limits);
  return { kind: isFound ? 'resolved' : 'unclassified', event: enriched };
}

function encode(
  record: SourceRecord,
  outcome: Outcome,
  { topics, version }: PipelineOptions,
): OutboundRecord | undefined {
  switch (outcome.kind) {
    case 'ignored':
      return undefined;
    case 'dead-lettered':
      return toDeadLetterRecord(record, outcome.letter, topics.deadLetter, version);
    case 'resolved':
    case 'unclassified': {
      const { event } = outcome;
      const key = event.connector_id ?? event.tenant_id;
      return {
        topic: topics.output,
        key: key === null || key === '' ? null : Buffer.from(key),
        value: Buffer.from(JSON.stringify(event)),
        headers: {},
        partitionHint: record.partition,
      };
    }
  }
}
