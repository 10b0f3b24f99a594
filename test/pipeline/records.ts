/** Source records and options for tests of the pipeline. */
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { compile } from '../../src/matcher/matcher.ts';
import type { PipelineOptions } from '../../src/pipeline/pipeline.ts';
import type { SourceRecord } from '../../src/transport/port.ts';

export const matcher = compile(loadCatalog(BUNDLED_CATALOG));

export const PROCESSED_AT = '2026-11-24T06:15:11.489Z';
export const NOW_MS = Date.parse(PROCESSED_AT);

export const OPTIONS: PipelineOptions = {
  topics: { output: 'out', deadLetter: 'dlq' },
  limits: { recordBytes: 10_485_760, messageChars: 32_768 },
  mayInfer: true,
  version: '1.2.3',
};

/** A value that is not a Buffer is sent as JSON. */
export function recordOf(value: unknown, rest: Partial<SourceRecord> = {}): SourceRecord {
  const bytes = value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  return {
    topic: 'in',
    partition: 2,
    offset: 7,
    timestampMs: NOW_MS - 5_000,
    key: Buffer.from('k'),
    value: bytes,
    headers: {},
    ...rest,
  };
}
