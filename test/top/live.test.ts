/** The live table on a made-up terminal. */
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { overviewOf } from '../../src/dashboard/overview-answer.ts';
import type { Overview } from '../../src/dashboard/schema/overview.ts';
import { TriageError } from '../../src/errors.ts';
import { type Input, type LiveOptions, type Output, showLive } from '../../src/top/live.ts';
import type { News } from '../../src/top/model.ts';
import { newBoard, START_MS } from '../dashboard/events.ts';

const STATUS = { phase: 'running' as const, problems: [] };

function overview(version: string): Overview {
  return overviewOf({ board: newBoard(), status: STATUS, version }, '1h', START_MS);
}

class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  isRaw = false;
  text = '';

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }

  pause(): this {
    return this;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function show(client: Omit<LiveOptions['client'], 'url'>, now = () => 0) {
  const terminal = new Terminal();
  const ends = showLive({
    client: { url: 'http://x', ...client },
    input: terminal as unknown as Input,
    output: terminal as unknown as Output,
    colour: false,
    now,
  });
  return { terminal, ends };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

it.each(['q', '\u0003'])('draws what it is told until %j, and leaves the terminal as it was', async (key) => {
  const { terminal, ends } = show({
    overview: async () => overview('1.0.0'),
    news: async function* (signal) {
      yield { kind: 'snapshot', overview: overview('2.0.0') };
      await untilAborted(signal);
    },
  });
  await expect.poll(() => terminal.text).toContain('connector-triage 2.0.0  running');
  expect(terminal.isRaw).toBe(true);
  terminal.emit('data', Buffer.from(key));
  await ends;
  expect(terminal.text.startsWith('\u001b[?1049h\u001b[?25l\u001b[?7l')).toBe(true);
  expect(terminal.text.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
  expect(terminal.isRaw).toBe(false);
});

it('goes on when the connection comes back, and says meanwhile that it is old', async () => {
  let connections = 0;
  const { terminal, ends } = show({
    overview: async () => overview('1.0.0'),
    news: async function* (signal) {
      if (++connections === 1) throw new TriageError('transport', 'it is away', { retriable: true });
      yield { kind: 'snapshot', overview: overview('2.0.0') };
      await untilAborted(signal);
    },
  });
  await expect.poll(() => terminal.text, { timeout: 20_000 }).toContain('connector-triage 2.0.0');
  expect(terminal.text).toContain('not up to date, trying again: it is away');
  expect(terminal.text.lastIndexOf('not up to date')).toBeLessThan(terminal.text.lastIndexOf('2.0.0'));
  terminal.emit('data', Buffer.from('q'));
  await ends;
});

it('ends when the service does not let it in any more, and leaves the terminal as it was', async () => {
  const { terminal, ends } = show({
    overview: async () => overview('1.0.0'),
    // biome-ignore lint/correctness/useYield: it fails before there is anything to give.
    news: async function* () {
      throw new TriageError('access', 'the token was changed');
    },
  });
  await expect(ends).rejects.toThrow('the token was changed');
  expect(terminal.text.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
});

it('writes nothing to the terminal when the first answer does not come', async () => {
  const { terminal, ends } = show({
    overview: async () => Promise.reject(new TriageError('transport', 'nobody answers')),
    news: async function* () {
      yield { kind: 'snapshot', overview: overview('2.0.0') };
    },
  });
  await expect(ends).rejects.toThrow('nobody answers');
  expect(terminal.text).toBe('');
});

it('draws anew when the terminal gets another size, and takes 0 as a size that is not known', async () => {
  const { terminal, ends } = show({
    overview: async () => overview('1.0.0'),
    news: async function* (signal) {
      await untilAborted(signal);
      yield* [];
    },
  });
  await expect.poll(() => terminal.text).toContain('no errors of any connector so far');
  for (const [columns, rows, line] of [
    [20, 24, 'connector-triage ...'],
    [0, 0, 'connector-triage 1.0.0  running'],
  ] as const) {
    terminal.text = '';
    Object.assign(terminal, { columns, rows });
    terminal.emit('resize');
    expect(terminal.text).toContain(line);
    expect(terminal.text).toContain('q quits');
  }
  terminal.emit('data', Buffer.from('q'));
  await ends;
});

it.each([
  ['3 s after more changed than was told', true, 3_000],
  ['now and then, since nobody tells that rates fall', false, 30_000],
])('asks for everything again %s', async (_, more, afterMs) => {
  let nowMs = 0;
  const asked: number[] = [];
  const { now, pipeline, totals, connectors, error_types, unclassified } = overview('1.0.0');
  const beat: News = { kind: 'beat', beat: { now, pipeline, totals } };
  const update: News = {
    kind: 'update',
    update: {
      ...{ now, pipeline, totals, unclassified },
      connectors: { counts: connectors.counts, changed: [], more },
      error_types: { ...error_types, changed: [], more: false },
      tail: { start: now, step_seconds: 10, series: [], other: [] },
    },
  };
  const { terminal, ends } = show(
    {
      overview: async () => {
        asked.push(nowMs);
        return overview('1.0.0');
      },
      news: async function* () {
        yield update;
        for (nowMs = 1_000; nowMs <= 31_000; nowMs += 1_000) yield beat;
        terminal.emit('data', Buffer.from('q'));
      },
    },
    () => nowMs,
  );
  await ends;
  expect(asked).toEqual([0, afterMs]);
});
