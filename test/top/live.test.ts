/** The live table on a made-up terminal. */
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { overviewOf } from '../../src/dashboard/overview-answer.ts';
import type { Overview } from '../../src/dashboard/schema/overview.ts';
import { TriageError } from '../../src/errors.ts';
import { type Input, type LiveOptions, type Output, showLive } from '../../src/top/live.ts';
import { newBoard, START_MS } from '../dashboard/events.ts';

const STATUS = { phase: 'running' as const, problems: [] };

function overview(version: string): Overview {
  return overviewOf({ board: newBoard(), status: STATUS, version }, '1h', START_MS);
}

class Terminal extends EventEmitter {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 24;
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

function show(client: Omit<LiveOptions['client'], 'url'>) {
  const terminal = new Terminal();
  const ends = showLive({
    client: { url: 'http://x', ...client },
    input: terminal as unknown as Input,
    output: terminal as unknown as Output,
    colour: false,
    now: () => 0,
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
  expect(terminal.text.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
  expect(terminal.text.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
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
  expect(terminal.text.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
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
