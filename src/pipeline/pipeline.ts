/**
 * The way of one record, top to bottom: decode -> select and classify (`judge`) -> enrich (and redact) -> encode. Pure and
 * synchronous: no I/O, no clock of its own, no logger, no metrics. Every log record ends in exactly one outcome; a record holds
 * one, unless it is a batch.
 *
 * Folder rule: `pipeline/` imports `events/`, `formats/`, `matcher/`, `redaction/` and types of `transport/port.ts`; nothing else.
 */
import { messageOf } from '../errors.ts';
import { type DeadLetter, toDeadLetterRecord } from '../events/dead-letter.ts';
import { type EventCodec, JSON_CODEC } from '../events/event-codec.ts';
import type { Outcome } from '../events/outcome.ts';
import { traceHeadersOf } from '../events/trace-context.ts';
import type { Decoded, Part } from '../formats/format.ts';
import { decodeNative } from '../formats/native-json.ts';
import type { Matcher } from '../matcher/matcher.ts';
import { DEFAULT_REDACTOR, type Redaction, type Redactor } from '../redaction/redactor.ts';
import type { Headers, OutboundRecord, SourceRecord } from '../transport/port.ts';
import { judge } from './classify.ts';
import { enrich, eventIdOf, type RecordPart } from './enrich.ts';
import { redactedRecord } from './redact-record.ts';

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
  /** Left out: native JSON of at most `limits.recordBytes`. */
  readonly decode?: (record: SourceRecord) => Decoded;
  /** Encoding of resolution events. Left out: JSON. */
  readonly codec?: EventCodec;
}

const DEFAULT_REDACTION: Redaction = { redactor: DEFAULT_REDACTOR, deadLetters: 'keep' };

export interface Processed {
  readonly outcome: Outcome;
  /** What is to be published for the log record; nothing for ignored ones. */
  readonly outbound: OutboundRecord | undefined;
}

const IGNORED: Outcome = { kind: 'ignored' };

/** One log record, or nothing. */
type Piece = Part | Exclude<Decoded, { kind: 'events' }>;

/**
 * Processes one record: what became of its log record, or of those that it holds, in their order; an empty batch is ignored.
 * Never throws: a failure that is a bug sets the whole record aside and says so, so that nothing of it comes twice when it is
 * sent back. `processedAt`: the time now in ISO 8601, the same for the records of a batch.
 */
export function processRecord(
  record: SourceRecord,
  matcher: Matcher,
  processedAt: string,
  options: PipelineOptions,
): readonly [Processed, ...Processed[]] {
  const { decode, limits, redaction = DEFAULT_REDACTION } = options;
  const process = (from: RecordPart, piece: Piece): Processed => {
    const outcome = decide(from, piece, matcher, processedAt, options, redaction.redactor);
    return { outcome, outbound: encode(from, outcome, options, redaction) };
  };
  try {
    const decoded = decode === undefined ? decodeNative(record.value, limits.recordBytes) : decode(record);
    if (decoded.kind !== 'events') return [process({ record, index: undefined }, decoded)];
    const [first, ...others] = decoded.events.map((part, index) =>
      process({ record: part.kind === 'event' ? record : { ...record, value: part.value }, index }, part),
    );
    return first === undefined ? [{ outcome: IGNORED, outbound: undefined }] : [first, ...others];
  } catch (error) {
    const from = { record, index: undefined };
    const letter: DeadLetter = { reason: 'internal-error', stage: 'classify', error: messageOf(error) };
    const outcome = setAside(from, letter, redaction.redactor);
    return [{ outcome, outbound: encode(from, outcome, options, redaction) }];
  }
}

function setAside(from: RecordPart, letter: DeadLetter, redactor: Redactor): Outcome {
  return {
    kind: 'dead-lettered',
    letter: { ...letter, error: redactor.text(letter.error) },
    eventId: eventIdOf(from),
  };
}

function decide(
  from: RecordPart,
  piece: Piece,
  matcher: Matcher,
  processedAt: string,
  options: PipelineOptions,
  redactor: Redactor,
): Outcome {
  if (piece.kind === 'dead-letter') return setAside(from, piece.letter, redactor);
  if (piece.kind === 'tombstone') return IGNORED;
  const { event } = piece;
  const found = judge(event, matcher, options.mayInfer);
  if (found === undefined) return IGNORED;
  const enriched = enrich({ ...from, event, found, catalog: matcher.catalog, processedAt }, options.limits, redactor);
  return { kind: enriched.outcome, event: enriched };
}

function encode(
  { record, index }: RecordPart,
  outcome: Outcome,
  { topics, version, limits, codec = JSON_CODEC }: PipelineOptions,
  { redactor, deadLetters }: Redaction,
): OutboundRecord | undefined {
  switch (outcome.kind) {
    case 'ignored':
      return undefined;
    case 'dead-lettered': {
      const letter = toDeadLetterRecord(record, outcome.letter, topics.deadLetter, version, index);
      return deadLetters === 'redact' ? redactedRecord(letter, redactor, limits.recordBytes) : letter;
    }
    case 'resolved':
    case 'unclassified': {
      const { event } = outcome;
      const key = event.connector_id ?? event.tenant_id;
      return {
        topic: topics.output,
        key: key === null || key === '' ? null : Buffer.from(key),
        value: codec.encode(event),
        headers: traceHeaders(record, redactor),
        partitionHint: record.partition,
      };
    }
  }
}

/** Vendors put into the state what they like: it goes along only as long as it holds no secret. */
function traceHeaders({ headers }: SourceRecord, redactor: Redactor): Headers {
  if (headers.traceparent === undefined) return {};
  const { tracestate, ...parent } = traceHeadersOf(headers);
  return typeof tracestate === 'string' && redactor.text(tracestate) === tracestate
    ? { ...parent, tracestate }
    : parent;
}
