/** Source records as inputs: a value, a key, headers. */
import fc from 'fast-check';
import type { Headers, SourceRecord } from '../src/transport/port.ts';
import { TEXT_TOKENS } from './corpus/tokens.ts';
import { mutatedBytes } from './generators.ts';
import { bytesIn, type Input, partsUnder } from './input.ts';

export const NOW = '2026-11-24T06:15:11.489Z';
const NOW_MS = Date.parse(NOW);

/** Headers of the same name become a list, as Kafka's do. */
export function recordIn(input: Input): SourceRecord {
  const headers: Headers = {};
  for (const [name, part] of partsUnder(input, 'header')) {
    const value = typeof part === 'string' ? Buffer.from(part) : part;
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const all = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    Object.defineProperty(headers, name, { value: all, enumerable: true, configurable: true, writable: true });
  }
  return {
    topic: 'in',
    partition: 2,
    offset: 7,
    timestampMs: NOW_MS,
    key: bytesIn(input, 'key') ?? null,
    value: bytesIn(input, 'value') ?? null,
    headers,
  };
}

/** Some of the headers, most of them as they are. */
export function headerParts(sample: Readonly<Record<string, string>>): fc.Arbitrary<Input> {
  const samples = Object.values(sample);
  const changed = mutatedBytes(samples, TEXT_TOKENS);
  const odd = fc.tuple(fc.constantFrom('__proto__', 'content-type', 'authorization', 'triage.dlq.reason', ''), changed);
  const own = fc.tuple(
    fc.constantFrom(...Object.keys(sample)),
    fc.oneof(fc.constantFrom(...samples.map((text) => Buffer.from(text))), changed),
  );
  const some = fc.array(fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: odd }), { maxLength: 4 });
  const all = Object.entries(sample).map(([name, text]) => [`header ${name}`, Buffer.from(text)] as const);
  return fc.tuple(fc.boolean(), some).map(([isWhole, extra]) => {
    const changes = extra.map(([name, value]) => [`header ${name}`, value] as const);
    const names = new Set(changes.map(([name]) => name));
    return isWhole ? [...all.filter(([name]) => !names.has(name)), ...changes] : changes;
  });
}
