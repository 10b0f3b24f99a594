/** A record through the whole pipeline, in any format, with the encodings and what follows when a broker refuses the size. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { avroCodec } from '../../src/avro/avro-output.ts';
import { ownSchemaText } from '../../src/avro/own-schemas.ts';
import { DEAD_LETTER_HEADERS, OWN_HEADERS } from '../../src/events/dead-letter.ts';
import { deadLetterHeadersSchema } from '../../src/events/dead-letter-schema.ts';
import { JSON_CODEC } from '../../src/events/event-codec.ts';
import { type ResolutionEvent, resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { createDecoder } from '../../src/pipeline/decoder.ts';
import { type PipelineOptions, type Processed, processRecord } from '../../src/pipeline/pipeline.ts';
import { SHRINK_STEPS, shrink } from '../../src/pipeline/shrink.ts';
import { createRedaction } from '../../src/redaction/redactor.ts';
import type { OutboundRecord } from '../../src/transport/port.ts';
import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS, CONNECT_HEADERS, ECS, LINES, NATIVE, OTLP } from '../corpus/formats.ts';
import { APP_NAMES, MATCHER, RECORDS } from '../corpus/messages.ts';
import { TEXT_TOKENS } from '../corpus/tokens.ts';
import { mutatedBytes, mutatedJson } from '../generators.ts';
import type { Input } from '../input.ts';
import { headerParts, NOW, recordIn } from '../records.ts';
import { hold, type Target } from '../target.ts';

const RECORD_BYTES = 100_000;
const MESSAGE_CHARS = 4_096;
const REDACTED = { mode: 'on', emails: true, rules: ['internal ticket {id}'] } as const;

const OPTIONS: PipelineOptions = {
  topics: { output: 'out', deadLetter: 'dlq' },
  limits: { recordBytes: RECORD_BYTES, messageChars: MESSAGE_CHARS },
  mayInfer: true,
  version: '1.2.3',
  redaction: createRedaction({ ...REDACTED, deadLetters: 'redact' }),
  decode: createDecoder({ format: 'auto', matcher: () => MATCHER, maxBytes: RECORD_BYTES }),
};

const AVRO = avroCodec(ownSchemaText('resolution-event'), 7);

export const pipeline: Target = {
  name: 'pipeline',
  what: 'records in any format through the whole pipeline, in both encodings, and shrunk',
  weight: 8,
  budget: { timesReference: 1_500, baseMs: 200, heapPerByte: 4_000 },
  inputs: () => {
    const tokens = [...TEXT_TOKENS, ...APP_NAMES];
    const values = fc.oneof(
      { weight: 4, arbitrary: mutatedJson(NATIVE, tokens) },
      { weight: 2, arbitrary: mutatedJson([...OTLP, ...ECS, ...CLOUD_EVENTS], tokens) },
      { weight: 2, arbitrary: mutatedBytes(RECORDS, TEXT_TOKENS) },
      { weight: 1, arbitrary: mutatedBytes(LINES, TEXT_TOKENS) },
    );
    const headers = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Input>([]) },
      { weight: 1, arbitrary: headerParts(CLOUD_EVENT_HEADERS) },
      { weight: 1, arbitrary: headerParts(CONNECT_HEADERS) },
      { weight: 1, arbitrary: headerParts({ 'content-type': 'text/plain', authorization: 'Bearer Zq8vT3nLw0Xk5Rb2' }) },
    );
    const key = fc.option(mutatedBytes(['c-1', 'password=Zq8vT3nLw0Xk5Rb2'], TEXT_TOKENS), { freq: 2 });
    return fc
      .tuple(values, headers, key)
      .map(
        ([value, more, own]): Input => [['value', value], ...(own === null ? [] : [['key', own] as const]), ...more],
      );
  },
  open: () => ({
    run: (input) => {
      const processed = processRecord(recordIn(input), MATCHER, NOW, OPTIONS);
      for (const each of processed.slice(0, MAX_LOOKED_AT)) holdProcessed(each);
      const ids = processed.map(({ outcome }) => (outcome.kind === 'ignored' ? undefined : idOf(outcome)));
      const given = ids.filter((id) => id !== undefined);
      hold(new Set(given).size === given.length, 'log records of one record have different ids');
      return processed;
    },
  }),
};

/** Of a batch, only the first ones are checked as closely: the others cost the same again. */
const MAX_LOOKED_AT = 5;

function idOf(outcome: Exclude<Processed['outcome'], { kind: 'ignored' }>): string {
  return outcome.kind === 'dead-lettered' ? outcome.eventId : outcome.event.event_id;
}

function holdProcessed({ outcome, outbound }: Processed): void {
  if (outcome.kind === 'ignored') {
    hold(outbound === undefined, 'nothing is published for an ignored record');
    return;
  }
  hold(outbound !== undefined, 'every other record is published');
  if (outcome.kind === 'dead-lettered') {
    hold(outcome.letter.reason !== 'internal-error', `no bug shows: ${outcome.letter.error}`);
    hold(outbound.topic === 'dlq', 'dead letters go to their topic');
    holdLetter(outbound);
  } else holdEvent(outcome.event, outbound);
  holdShrinking(outbound);
}

function holdLetter({ headers }: OutboundRecord): void {
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => OWN_HEADERS.has(name)));
  const { success, error } = deadLetterHeadersSchema.safeParse(own);
  hold(success, `the headers of a dead letter are as declared: ${error?.message}`);
}

function holdEvent(event: ResolutionEvent, { topic, value }: OutboundRecord): void {
  hold(topic === 'out', 'events go to the output topic');
  const { success, error } = resolutionEventSchema.safeParse(event);
  hold(success, `an event is as its schema says: ${error?.message}`);
  hold(event.message.length <= MESSAGE_CHARS, 'a message is cut to its limit');
  hold(isDeepStrictEqual(plain(JSON_CODEC.decode(value!)), plain(event)), 'an event survives being written as JSON');
  // UTF-8 has no halves of surrogate pairs: both sides without them.
  const back = AVRO.decode(AVRO.encode(event));
  const [given, expected] = [back, event].map((each) =>
    JSON.stringify(plain(each)).replace(/\\ud[89a-f]../g, '\ufffd'),
  );
  hold(given === expected, 'an event survives being written in Avro');
}

/** As JSON has it: -0 is 0, and there are no prototypes. */
function plain(event: ResolutionEvent): unknown {
  return JSON.parse(JSON.stringify(event));
}

function holdShrinking(outbound: OutboundRecord): void {
  let smaller = outbound;
  for (let step = 0; step < SHRINK_STEPS; step++) {
    smaller = shrink(smaller, step, JSON_CODEC);
    hold(smaller.value === null || outbound.value !== null, 'shrinking adds no value');
  }
  const isLetter = DEAD_LETTER_HEADERS.reason in outbound.headers;
  if (isLetter) holdLetter(smaller);
  else
    hold(resolutionEventSchema.safeParse(JSON_CODEC.decode(smaller.value!)).success, 'a shrunk event fits the schema');
}
