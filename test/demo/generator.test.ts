import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { createGenerator, type GeneratedRecord, SPIKE } from '../../src/demo/generator.ts';
import { OUTCOMES } from '../../src/events/outcome.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { type PipelineOptions, processRecord } from '../../src/pipeline/pipeline.ts';

const catalog = loadCatalog('catalog');
const matcher = compile(catalog);
const START_MS = Date.UTC(2026, 0, 31, 8);
const EVENTS_PER_SECOND = 50;

const PIPELINE: PipelineOptions = {
  topics: { output: 'out', deadLetter: 'dlq' },
  limits: { recordBytes: 1_000_000, messageChars: 10_000 },
  mayInfer: false,
  version: '0.0.0',
};

function generate(seed: number, count: number): GeneratedRecord[] {
  const generator = createGenerator({ seed, catalog, startMs: START_MS, eventsPerSecond: EVENTS_PER_SECOND });
  return Array.from({ length: count }, () => generator.next());
}

function fieldsOf({ expected, value }: GeneratedRecord): Record<string, unknown> {
  return expected === 'dead-lettered' ? {} : JSON.parse(value.toString('utf8'));
}

function appOf(record: GeneratedRecord): string | undefined {
  const app = matcher.resolveApp(fieldsOf(record).app as string | undefined);
  return app.kind === 'known' ? app.key : undefined;
}

function share(records: readonly GeneratedRecord[], expected: GeneratedRecord['expected']): number {
  return records.filter((record) => record.expected === expected).length / records.length;
}

function countOf(records: readonly GeneratedRecord[], errorType: string): number {
  return records.filter(({ expectedErrorType }) => expectedErrorType === errorType).length;
}

describe('equal seeds', () => {
  test('give equal records, other seeds others', () => {
    const records = generate(7, 3_000);
    expect(generate(7, 3_000)).toEqual(records);
    expect(generate(8, 3_000).filter(({ value }, i) => value.equals(records[i]!.value)).length).toBeLessThan(10);
  });

  test('give equal records when two generators take turns', () => {
    const options = { seed: 7, catalog, startMs: START_MS, eventsPerSecond: EVENTS_PER_SECOND };
    const [a, b] = [createGenerator(options), createGenerator(options)];
    const other = createGenerator({ ...options, seed: 9, startMs: 0 });
    for (let i = 0; i < 500; i++) {
      const record = a.next();
      other.next();
      expect(b.next()).toEqual(record);
    }
  });
});

describe.each([1, 42, 20_260_131])('seed %i', (seed) => {
  const records = generate(seed, 20_000);

  test('what each record expects is what the pipeline makes of it', () => {
    const wrong: unknown[] = [];
    records.forEach((record, offset) => {
      const source = { topic: 'in', partition: 0, offset, headers: {}, ...record };
      const [{ outcome }] = processRecord(source, matcher, new Date(START_MS).toISOString(), PIPELINE);
      const errorType = 'event' in outcome ? outcome.event.error_type : null;
      if (outcome.kind !== record.expected || errorType !== record.expectedErrorType) {
        wrong.push({
          expected: [record.expected, record.expectedErrorType],
          found: [outcome.kind, errorType],
          value: record.value.toString('utf8'),
        });
      }
    });
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(wrong.length).toBe(0);
  });

  test('2,000 records have every app and every outcome', () => {
    const first = records.slice(0, 2_000);
    expect(new Set(first.map(appOf).filter((app) => app !== undefined))).toEqual(
      new Set(catalog.apps.map(({ key }) => key)),
    );
    expect(new Set(first.map(({ expected }) => expected))).toEqual(new Set(OUTCOMES));
  });

  test('20,000 records give every entry of the catalog', () => {
    const found = new Set(records.map(({ expectedErrorType }) => expectedErrorType));
    expect(catalog.entries.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
  });

  test('the shares are those of a healthy fleet', () => {
    expect(share(records, 'resolved')).toBeGreaterThan(0.065);
    expect(share(records, 'resolved')).toBeLessThan(0.1);
    expect(share(records, 'unclassified')).toBeGreaterThan(0.01);
    expect(share(records, 'unclassified')).toBeLessThan(0.022);
    expect(share(records, 'dead-lettered')).toBeGreaterThan(0.003);
    expect(share(records, 'dead-lettered')).toBeLessThan(0.008);
  });

  test('most connectors are healthy: each app has one with nearly all of its errors, outside the spike', () => {
    const errors = records
      .slice(SPIKE.firstEvent + SPIKE.events)
      .filter(({ expected }) => expected === 'resolved' || expected === 'unclassified');
    const connectorsByApp = Map.groupBy(errors, appOf);
    expect(connectorsByApp.size).toBe(catalog.apps.length);
    for (const ofApp of connectorsByApp.values()) {
      const counts = [...Map.groupBy(ofApp, ({ key }) => String(key)).values()].map(({ length }) => length);
      expect(Math.max(...counts) / ofApp.length).toBeGreaterThan(0.97);
    }
  });

  test('one error type of one connector stands out during the spike', () => {
    const spike = records.slice(SPIKE.firstEvent, SPIKE.firstEvent + SPIKE.events);
    const before = records.slice(SPIKE.firstEvent - SPIKE.events, SPIKE.firstEvent);
    const after = records.slice(SPIKE.firstEvent + SPIKE.events, SPIKE.firstEvent + 2 * SPIKE.events);
    const during = countOf(spike, SPIKE.errorType);
    expect(during).toBeGreaterThan(30);
    expect(during).toBeGreaterThan(8 * countOf(before, SPIKE.errorType));
    expect(during).toBeGreaterThan(8 * countOf(after, SPIKE.errorType));
    for (const { id } of catalog.entries) {
      if (id !== SPIKE.errorType) expect(during).toBeGreaterThan(4 * countOf(spike, id));
    }
    const failing = spike.filter(({ expectedErrorType }) => expectedErrorType === SPIKE.errorType);
    const ofConnector = failing.filter(({ key }) => key?.toString() === SPIKE.connectorId);
    expect(ofConnector.length / failing.length).toBeGreaterThan(0.9);
  });

  test('the first 50 records have known errors of several apps', () => {
    const known = records.slice(0, 50).filter(({ expected }) => expected === 'resolved');
    expect(new Set(known.map(appOf)).size).toBeGreaterThanOrEqual(6);
  });

  test('ids are unique, keys are connector ids, times go on at the given rate', () => {
    const good = records.filter(({ expected }) => expected !== 'dead-lettered');
    expect(new Set(good.map((record) => fieldsOf(record).id)).size).toBe(good.length);
    for (const record of good) {
      const fields = fieldsOf(record);
      expect(record.key?.toString()).toBe(fields.connector_id);
      expect(fields.timestamp).toBe(new Date(record.timestampMs).toISOString());
    }
    expect(records.every(({ timestampMs }, i) => i === 0 || timestampMs >= records[i - 1]!.timestampMs)).toBe(true);
    const seconds = (records.at(-1)!.timestampMs - START_MS) / 1000;
    expect(seconds).toBeGreaterThan((records.length / EVENTS_PER_SECOND) * 0.95);
    expect(seconds).toBeLessThan((records.length / EVENTS_PER_SECOND) * 1.05);
  });
});

test('the spike comes again after its period, and not between', () => {
  const records = generate(5, SPIKE.everyEvents + SPIKE.firstEvent + SPIKE.events);
  const quiet = records.slice(2_000, SPIKE.everyEvents);
  const again = records.slice(SPIKE.everyEvents + SPIKE.firstEvent);
  expect(countOf(quiet, SPIKE.errorType) / quiet.length).toBeLessThan(0.01);
  expect(countOf(again, SPIKE.errorType) / again.length).toBeGreaterThan(0.15);
});

test('an app has worse and better times', () => {
  const records = generate(3, 20_000).filter((record) => appOf(record) === 'okta');
  const rates: number[] = [];
  for (let i = 0; i + 100 <= records.length; i += 100) {
    rates.push(share(records.slice(i, i + 100), 'resolved'));
  }
  expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(0.07);
});

test('a catalog with an app that the demo does not know has records of it', () => {
  const small = { ...catalog, apps: [{ key: 'acme', name: 'Acme', aliases: [] }], entries: [] };
  const generator = createGenerator({ seed: 1, catalog: small, startMs: START_MS, eventsPerSecond: 1_000 });
  const records = Array.from({ length: 500 }, () => generator.next());
  expect(share(records, 'resolved')).toBe(0);
  expect(share(records, 'unclassified')).toBeGreaterThan(0.03);
  expect(new Set(records.flatMap(({ key }) => key?.toString() ?? []))).toEqual(new Set(['acme-1']));
});

test.each([
  ['no app', { catalog: { ...catalog, apps: [] }, eventsPerSecond: 1 }, /catalog: expected at least one app/],
  ['no rate', { catalog, eventsPerSecond: 0 }, /eventsPerSecond: expected more than 0, found 0/],
])('refuses %s', (_what, options, message) => {
  expect(() => createGenerator({ seed: 1, startMs: 0, ...options })).toThrow(message);
});
