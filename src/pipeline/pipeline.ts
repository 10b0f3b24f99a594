/**
 * The way of one record, top to bottom: decode -> select -> classify -> enrich (and redact) -> encode. Pure and synchronous: no I/O,
 * no clock of its own, no logger, no metrics. Every record ends in exactly one outcome.
 *
 * Folder rule: `pipeline/` imports `events/`, `matcher/`, `redaction/` and types of `transport/port.ts`; nothing else.
 */
import { messageOf } from '../errors.ts';
import type { ConnectorEvent } from '../events/connector-event.ts';
import { type DeadLetter, toDeadLetterRecord } from '../events/dead-letter.ts';
import type { Outcome } from '../events/outcome.ts';
import type { Matcher } from '../matcher/matcher.ts';
import { DEFAULT_REDACTOR, type Redaction, type Redactor } from '../redaction/redactor.ts';
import type { OutboundRecord, SourceRecord } from '../transport/port.ts';
import { classify, isKnown } from './classify.ts';
import { decode } from './decode.ts';
import { enrich } from './enrich.ts';
import { redactedRecord } from './redact-record.ts';
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
  /** Left out: secrets are redacted, and dead letters keep their bytes. */
  readonly redaction?: Redaction;
}

const DEFAULT_REDACTION: Redaction = { redactor: DEFAULT_REDACTOR, deadLetters: 'keep' };

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
  const redaction = options.redaction ?? DEFAULT_REDACTION;
  let outcome: Outcome;
  try {
    outcome = decide(record, matcher, nowMs, options, redaction.redactor);
  } catch (error) {
    outcome = setAside({ reason: 'internal-error', stage: 'classify', error: messageOf(error) }, redaction.redactor);
  }
  return { outcome, outbound: encode(record, outcome, options, redaction) };
}

function setAside(letter: DeadLetter, redactor: Redactor): Outcome {
  return { kind: 'dead-lettered', letter: { ...letter, error: redactor.text(letter.error) } };
}

function ignored(event: ConnectorEvent | undefined, redactor: Redactor): Outcome {
  const redacted = (text: string | undefined) => (text === undefined ? undefined : redactor.text(text));
  return { kind: 'ignored', id: redacted(event?.id), app: redacted(event?.app) };
}

function decide(
  record: SourceRecord,
  matcher: Matcher,
  nowMs: number,
  options: PipelineOptions,
  redactor: Redactor,
): Outcome {
  const decoded = decode(record.value, options.limits.recordBytes);
  if (decoded.kind === 'dead-letter') return setAside(decoded.letter, redactor);
  if (decoded.kind === 'tombstone') return ignored(undefined, redactor);
  const { event } = decoded;
  const selection = select(event);
  if (selection === 'no') return ignored(event, redactor);
  const found = classify(event, matcher, options.mayInfer);
  const isFound = found.classification.kind === 'match';
  if (selection === 'if-known' && !isKnown(found.classification)) return ignored(event, redactor);
  const enriched = enrich({ record, event, found, catalog: matcher.catalog, nowMs }, options.limits, redactor);
  return { kind: isFound ? 'resolved' : 'unclassified', event: enriched };
}

function encode(
  record: SourceRecord,
  outcome: Outcome,
  { topics, version, limits }: PipelineOptions,
  { redactor, deadLetters }: Redaction,
): OutboundRecord | undefined {
  switch (outcome.kind) {
    case 'ignored':
      return undefined;
    case 'dead-lettered':
      return deadLetters === 'redact' && redactor.isOn
        ? redactedRecord(
            toDeadLetterRecord(record, outcome.letter, topics.deadLetter, version),
            redactor,
            limits.recordBytes,
          )
        : toDeadLetterRecord(record, outcome.letter, topics.deadLetter, version);
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
