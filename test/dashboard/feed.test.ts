import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Board } from '../../src/dashboard/board.ts';
import { Feed } from '../../src/dashboard/feed.ts';
import type { ProcessStatus } from '../../src/dashboard/pipeline-state.ts';
import { beatSchema, overviewSchema, type Update, updateSchema } from '../../src/dashboard/schema/overview.ts';
import type { EventStream } from '../../src/http/route.ts';
import { matcher } from '../pipeline/records.ts';
import { addTo, BREAKING, eventOf, LASTING, START_MS } from './events.ts';

const SCHEMAS = { snapshot: overviewSchema, update: updateSchema, beat: beatSchema };

class Reader implements EventStream {
  readonly frames: (string | Buffer)[] = [];
  readonly ended = new AbortController();
  readonly signal = this.ended.signal;

  send(data: string | Buffer): boolean {
    this.frames.push(data);
    return !this.signal.aborted;
  }

  /** Names of the events; their data must be as documented. */
  get events(): string[] {
    return this.parsed.map(([name]) => name);
  }

  get parsed(): [string, unknown][] {
    return this.frames.map((frame) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(String(frame))!;
      return [name!, SCHEMAS[name as keyof typeof SCHEMAS].parse(JSON.parse(data!))];
    });
  }
}

function feed() {
  const catalog = { now: matcher.catalog };
  const board = new Board({ catalog: () => catalog.now, startedMs: START_MS });
  const status: { now: ProcessStatus } = { now: { phase: 'running', problems: [] } };
  const joined = (which = new Reader()) => {
    made.join(which);
    return which;
  };
  const made = new Feed({ board, status: () => status.now, version: '1.2.3', now: Date.now });
  const second = () => vi.advanceTimersByTime(1_000);
  return { board, catalog, status, join: joined, second };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('live updates', () => {
  it('begin with everything, and go on with what changed, at most once a second', () => {
    const { board, join, second } = feed();
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    const reader = join();
    expect(reader.events).toEqual(['snapshot']);
    for (let i = 0; i < 5; i++)
      addTo(board, { atMs: Date.now(), events: [eventOf({ connector_id: 'c-2', error_type: LASTING })] });
    second();
    expect(reader.events).toEqual(['snapshot', 'update']);
    const update = reader.parsed[1]![1] as Update;
    expect(update.connectors.changed.map(({ connector_id, error_count }) => [connector_id, error_count])).toEqual([
      ['c-2', 5],
    ]);
    expect(update.error_types.changed).toEqual([LASTING]);
    expect(update.totals.records).toBe(6);
    expect(update.tail.series).toEqual([
      { error_type: LASTING, counts: [0, 0, 5] },
      { error_type: BREAKING, counts: [0, 0, 1] },
    ]);
  });

  it('are made once for all readers', () => {
    const { board, join, second } = feed();
    const readers = [join(), join(), join()];
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    second();
    expect(readers.map(({ events }) => events)).toEqual(Array(3).fill(['snapshot', 'update']));
    expect(new Set(readers.map(({ frames }) => frames[0])).size).toBe(1);
    expect(new Set(readers.map(({ frames }) => frames[1])).size).toBe(1);
  });

  it('lose nothing for who comes between two of them', () => {
    const { board, join, second } = feed();
    join();
    addTo(board, { atMs: Date.now(), events: [eventOf({ connector_id: 'early' })] });
    const late = join();
    addTo(board, { atMs: Date.now(), events: [eventOf({ connector_id: 'later' })] });
    second();
    const ids = (late.parsed[1]![1] as Update).connectors.changed.map(({ connector_id }) => connector_id);
    expect(ids.sort()).toEqual(['early', 'later']);
  });

  it('begin with what is known by now, whoever came before', () => {
    const { board, join, second } = feed();
    join();
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    second();
    expect(join().parsed[0]![1]).toMatchObject({ totals: { records: 1 } });
  });

  it('show that they live while nothing changes', () => {
    const { join, second } = feed();
    const reader = join();
    for (let i = 0; i < 11; i++) second();
    expect(reader.events).toEqual(['snapshot', 'beat', 'beat']);
  });

  it('show so to those who are there, too, while others come and go', () => {
    const { join, second } = feed();
    const reader = join();
    for (let i = 0; i < 12; i++) {
      if (i % 4 === 0) join();
      second();
    }
    expect(reader.events).toEqual(['snapshot', 'beat', 'beat']);
  });

  it('tell rates that fall while nothing comes', () => {
    const { board, join } = feed();
    addTo(board, { atMs: Date.now(), events: Array.from({ length: 600 }, () => eventOf()) });
    const reader = join();
    vi.advanceTimersByTime(1_000);
    expect(reader.parsed[0]![1]).toMatchObject({
      totals: { errors_per_minute: expect.toSatisfy((n: number) => n > 0) },
    });
    vi.advanceTimersByTime(600_000);
    expect(reader.parsed.at(-1)).toMatchObject(['beat', { totals: { records_per_second: 0, errors_per_minute: 0 } }]);
  });

  it('tell at once when the pipeline begins to wait, and when it stalls', () => {
    const { board, status, join, second } = feed();
    addTo(board, { atMs: Date.now(), events: [eventOf()], lag: 5 });
    const reader = join();
    status.now = { phase: 'running', problems: ['publishing waits: no broker answers'] };
    second();
    expect(reader.parsed.at(-1)).toMatchObject(['beat', { pipeline: { state: 'waiting' } }]);
    status.now = { phase: 'running', problems: [] };
    second();
    expect(reader.parsed.at(-1)).toMatchObject(['beat', { pipeline: { state: 'running' } }]);
    vi.advanceTimersByTime(28_000);
    expect(reader.parsed.at(-1)).toMatchObject(['beat', { pipeline: { state: 'stalled' } }]);
  });

  it('tell of a connector that became healthy by the passing of time', () => {
    const { board, join } = feed();
    addTo(board, { atMs: Date.now(), events: [eventOf({ error_type: LASTING })] });
    const reader = join();
    vi.advanceTimersByTime(29 * 60_000);
    expect(reader.events).not.toContain('update');
    vi.advanceTimersByTime(60_000);
    const update = reader.parsed.find(([name]) => name === 'update')![1] as Update;
    expect(update.connectors.changed).toMatchObject([{ connector_id: 'c-1', state: 'healthy' }]);
  });

  it('begin anew for everybody when another catalog takes over, since all names and advice are of it', () => {
    const { board, catalog, join, second } = feed();
    const readers = [join(), join()];
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    catalog.now = { ...catalog.now, version: '9.9.9', digest: 'of another one' };
    second();
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    second();
    for (const { events, parsed } of readers) {
      expect(events).toEqual(['snapshot', 'snapshot', 'update']);
      expect(parsed[1]![1]).toMatchObject({ catalog: { version: '9.9.9' }, totals: { records: 1 } });
    }
  });

  it('say nothing when the same catalog was loaded again', () => {
    const { catalog, join, second } = feed();
    const reader = join();
    catalog.now = { ...catalog.now };
    second();
    expect(reader.events).toEqual(['snapshot']);
  });

  it('say when more changed than they hold', () => {
    const { board, join, second } = feed();
    const reader = join();
    addTo(board, {
      atMs: Date.now(),
      events: Array.from({ length: 150 }, (_, i) => eventOf({ connector_id: `c-${i}` })),
    });
    second();
    const { connectors } = reader.parsed[1]![1] as Update;
    expect([connectors.changed.length, connectors.more, connectors.counts.total]).toEqual([100, true, 150]);
  });

  it('cost nothing without readers, and begin anew with the next one', () => {
    const { board, join, second } = feed();
    const first = join();
    const second2 = join();
    first.ended.abort();
    expect(vi.getTimerCount()).toBe(1);
    second2.ended.abort();
    expect(vi.getTimerCount()).toBe(0);
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    second();
    const third = join();
    second();
    expect([first.events, third.events]).toEqual([['snapshot'], ['snapshot']]);
    expect(third.parsed[0]![1]).toMatchObject({ totals: { records: 1 } });
  });

  it('go on for the others when a reader is cut off', () => {
    const { board, join, second } = feed();
    const gone = join();
    const here = join();
    gone.send = () => false;
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    second();
    addTo(board, { atMs: Date.now(), events: [eventOf()] });
    second();
    expect(here.events).toEqual(['snapshot', 'update', 'update']);
  });
});
