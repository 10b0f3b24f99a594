/**
 * `npm run bench -- redaction`: what redaction costs beside writing the same event as JSON, in one process and one thread.
 */
import { loadCatalog } from '../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../src/config.ts';
import { createGenerator } from '../src/demo/generator.ts';
import type { ResolutionEvent } from '../src/events/resolution-event.ts';
import { compile } from '../src/matcher/matcher.ts';
import { type PipelineOptions, processRecord } from '../src/pipeline/pipeline.ts';
import { createRedaction, DEFAULT_REDACTOR } from '../src/redaction/redactor.ts';
import { renderTable } from '../src/render.ts';
import type { SourceRecord } from '../src/transport/port.ts';
import { type Contender, measure, used } from './measure.ts';

const RECORDS = 2_000;
const PROCESSED_AT = '2027-01-15T08:00:00.000Z';
const CLEAN =
  'Get events: com.acme.http.HttpRequestFailure: Server returned: 404 Not Found {"error":{"code":"NotFound","message":"No such mailbox"}} att 3';
const SECRET =
  'Get events: request to https://api.acme.com/v1?page=2 failed: Authorization: Bearer Zq8vT3nLw0Xk5Rb2Zq8vT3nLw0, {"error":"invalid_token"} x';

export async function benchRedaction(): Promise<void> {
  const catalog = loadCatalog(BUNDLED_CATALOG);
  const matcher = compile(catalog);
  const generator = createGenerator({ seed: 7, catalog, startMs: 1_800_000_000_000, eventsPerSecond: 100 });
  const records: SourceRecord[] = [];
  const events: ResolutionEvent[] = [];
  for (let offset = 0; events.length < RECORDS; offset++) {
    const { value } = generator.next();
    const record = { topic: 'in', partition: 0, offset, timestampMs: 0, key: null, value, headers: {} };
    const [{ outcome }] = processRecord(record, matcher, PROCESSED_AT, PIPELINES.on);
    if (outcome.kind !== 'resolved' && outcome.kind !== 'unclassified') continue;
    records.push(record);
    events.push(outcome.event);
  }
  const messages = events.map(({ message }) => message);
  const chars = messages.reduce((sum, text) => sum + text.length, 0);
  process.stdout.write(`${RECORDS} error events, messages of ${Math.round(chars / RECORDS)} characters on average\n\n`);
  const stringify: Contender = {
    name: 'JSON.stringify of the event',
    run: () => lengths(events, (e) => JSON.stringify(e)),
  };
  const pipeline = (mode: 'on' | 'off'): Contender => ({
    name: `the pipeline, redaction ${mode}`,
    run: () =>
      lengths(records, (r) => String(processRecord(r, matcher, PROCESSED_AT, PIPELINES[mode])[0].outcome.kind)),
  });
  const rows = measure([
    stringify,
    { name: 'redaction of its message', run: () => lengths(messages, DEFAULT_REDACTOR.text) },
    {
      name: `a message without secrets (${CLEAN.length} characters)`,
      run: () => lengths(Array(RECORDS).fill(CLEAN), DEFAULT_REDACTOR.text),
    },
    {
      name: `a message with a token (${SECRET.length} characters)`,
      run: () => lengths(Array(RECORDS).fill(SECRET), DEFAULT_REDACTOR.text),
    },
    pipeline('off'),
    pipeline('on'),
  ]);
  const base = rows[0]!.nsPerRun;
  const shown = rows.map(({ name, nsPerRun }) => [
    name,
    `${(nsPerRun / RECORDS).toFixed(0)} ns`,
    (nsPerRun / base).toFixed(2),
  ]);
  process.stdout.write(renderTable(['what', 'each', 'of JSON.stringify'], shown));
  process.stderr.write(`(${used()} characters)\n`);
}

const PIPELINES = { on: optionsOf('on'), off: optionsOf('off') };

function optionsOf(mode: 'on' | 'off'): PipelineOptions {
  return {
    topics: { output: 'out', deadLetter: 'dlq' },
    limits: { recordBytes: 10_485_760, messageChars: 32_768 },
    mayInfer: true,
    version: '0',
    redaction: createRedaction({ mode, emails: true, rules: [], deadLetters: 'keep' }),
  };
}

function lengths<T>(items: readonly T[], text: (item: T) => string): number {
  let total = 0;
  for (const item of items) total += text(item).length;
  return total;
}
