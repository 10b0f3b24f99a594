import { describe, expect, it } from 'vitest';
import type { ErrorGroup, Observations } from '../../src/dashboard/observations.ts';
import type { Example } from '../../src/dashboard/schema/error-types.ts';
import { ObservationBuffer } from '../../src/workers/observation-buffer.ts';

function example(event_id: string): Example {
  return { event_id } as Example;
}

function group(count: number, fields: Partial<ErrorGroup> = {}): ErrorGroup {
  return { app: 'box', connector: 'c1', tenant: 't1', type: 'box.x', count, inferred: 0, ...fields };
}

function batch(fields: Partial<Observations>): Observations {
  return {
    atMs: 1_000,
    topic: 'in',
    partition: 0,
    lagRecords: 0,
    delayMs: 5,
    ignored: 0,
    deadLettered: 0,
    groups: [],
    templates: [],
    examples: [],
    ...fields,
  };
}

function added(...batches: readonly Observations[]): Observations[] {
  const buffer = new ObservationBuffer();
  for (const each of batches) buffer.add(each);
  return buffer.take();
}

describe('ObservationBuffer', () => {
  it('adds up what batches have in common', () => {
    const template = { fingerprint: 'f', template: 'x {number}', count: 2, example: example('a') };
    const [first, ...rest] = added(
      batch({ ignored: 1, deadLettered: 2, groups: [group(3)], templates: [template], atMs: 1_000, lagRecords: 9 }),
      batch({
        ignored: 10,
        deadLettered: 20,
        groups: [group(4, { inferred: 1 })],
        templates: [{ ...template, example: example('b') }],
        atMs: 2_000,
      }),
    );
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ ignored: 11, deadLettered: 22, atMs: 2_000, lagRecords: 0 });
    expect(first!.groups).toEqual([group(7, { inferred: 1 })]);
    expect(first!.templates).toEqual([{ ...template, count: 4, example: example('b') }]);
  });

  it('takes no names for none', () => {
    const groups = [
      group(1, { connector: 'null' }),
      group(2, { connector: null }),
      group(3, { connector: 'a\nb', tenant: 'c' }),
    ];
    groups.push(group(4, { connector: 'a', tenant: 'b\nc' }));
    const [first] = added(batch({ groups }));
    expect(first!.groups).toEqual(groups);
  });

  it('tells how far each partition is, and each count once', () => {
    const taken = added(
      batch({ partition: 0, ignored: 1, lagRecords: 5 }),
      batch({ partition: 1, ignored: 2, lagRecords: 6, delayMs: null }),
    );
    expect(taken.map(({ partition, lagRecords, delayMs }) => [partition, lagRecords, delayMs])).toEqual([
      [0, 5, 5],
      [1, 6, null],
    ]);
    expect(taken.map(({ ignored }) => ignored)).toEqual([3, 0]);
  });

  it('gives nothing twice', () => {
    const buffer = new ObservationBuffer();
    buffer.add(batch({ groups: [group(3)] }));
    expect(buffer.take()).toHaveLength(1);
    expect(buffer.take()).toEqual([]);
    buffer.add(batch({ groups: [group(1)] }));
    expect(buffer.take()[0]!.groups).toEqual([group(1)]);
  });

  it('leaves out of counted things only their names when there are too many of them', () => {
    const groups = Array.from({ length: 7_000 }, (_, i) => group(1, { connector: `c${i}` }));
    const [first] = added(batch({ groups }));
    expect(first!.groups).toHaveLength(5_001);
    expect(first!.groups.at(-1)).toEqual(group(2_000, { app: null, connector: null, tenant: null }));
  });

  it('counts unclassified records whose groups it has no room for', () => {
    const templates = Array.from({ length: 400 }, (_, i) => ({
      fingerprint: `f${i}`,
      template: 'x',
      count: 2,
      example: example('a'),
    }));
    const [first] = added(batch({ templates }));
    expect(first!.templates).toHaveLength(300);
    expect(first!.forgottenTemplates).toBe(200);
  });

  it('takes at most one example of a type a second along', () => {
    const buffer = new ObservationBuffer();
    const at = (atMs: number) => batch({ atMs, examples: [{ type: 'box.x', example: example(`at ${atMs}`) }] });
    buffer.add(at(1_000));
    buffer.add(at(1_500));
    expect(buffer.take()[0]!.examples.map((each) => each.example.event_id)).toEqual(['at 1000']);
    buffer.add(at(1_900));
    expect(buffer.take()[0]!.examples).toEqual([]);
    buffer.add(at(2_000));
    expect(buffer.take()[0]!.examples).toHaveLength(1);
  });
});
