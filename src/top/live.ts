/** The live table on a terminal: drawn anew with each piece of news, until q, Ctrl-C or a signal. */

import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, TriageError } from '../errors.ts';
import type { TopClient } from './client.ts';
import { DEFAULT_WIDTH, frameOf } from './frame.ts';
import { applyNews, type News, type View } from './model.ts';

const RETRY_MS = 2_000;
/** When rows may be missing, the whole overview is asked for, at most so often. */
const REFRESH_MS = 3_000;
/** It is asked for at least so often: of a connector without further errors nobody tells that its rate falls. */
const FULL_REFRESH_MS = 30_000;

/** Another screen than that of the shell, without a cursor, where lines that are too wide are cut and not wrapped; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const DEFAULT_HEIGHT = 24;
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Of `process.stdin` and `process.stdout`, what is used here. */
export type Input = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause'>;
export type Output = Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'on' | 'off'> & { write(text: string): boolean };

export interface LiveOptions {
  readonly client: Pick<TopClient, 'url' | 'overview' | 'news'>;
  readonly input: Input;
  readonly output: Output;
  readonly colour: boolean;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
}

/**
 * Resolves when the user leaves. A connection that is lost later is tried again.
 * @throws {TriageError} when the first one fails, or the service no longer lets us in.
 */
export async function showLive(options: LiveOptions): Promise<void> {
  const { client, input, output } = options;
  const first = await client.overview();
  const end = new AbortController();
  const screen = new Screen(options, first);
  const onKey = (key: Buffer) => {
    if (key.includes('q') || key.includes('\u0003')) end.abort();
  };
  const onSignal = () => end.abort();
  const onResize = () => screen.draw();
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  output.on('resize', onResize);
  if (input.isTTY) input.setRawMode(true);
  input.on('data', onKey);
  output.write(ENTER);
  try {
    screen.draw();
    await follow(options, screen, end.signal);
  } finally {
    output.write(LEAVE);
    input.off('data', onKey);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
    output.off('resize', onResize);
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}

async function follow({ client, now }: LiveOptions, screen: Screen, signal: AbortSignal): Promise<void> {
  let refreshedMs = now();
  let isIncomplete = false;
  while (!signal.aborted) {
    try {
      for await (const news of client.news(signal)) {
        isIncomplete = screen.take(news) || (isIncomplete && news.kind !== 'snapshot');
        if (now() - refreshedMs < (isIncomplete ? REFRESH_MS : FULL_REFRESH_MS)) continue;
        refreshedMs = now();
        isIncomplete = false;
        screen.take({ kind: 'snapshot', overview: await client.overview() });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TriageError && !error.retriable) throw error;
      screen.lost(messageOf(error));
    }
    await delay(RETRY_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

class Screen {
  private readonly options: LiveOptions;
  private view: View;
  private problem: string | undefined;

  constructor(options: LiveOptions, view: View) {
    this.options = options;
    this.view = view;
  }

  /** True when the rows shown may not be the right ones. */
  take(news: News): boolean {
    const change = applyNews(this.view, news);
    this.problem = undefined;
    this.view = change.view;
    this.draw();
    return change.isIncomplete;
  }

  lost(reason: string): void {
    this.problem = `not up to date, trying again: ${reason}`;
    this.draw();
  }

  draw(): void {
    const { client, output, colour } = this.options;
    // A terminal of which nobody has told the size yet says 0.
    const width = output.columns || DEFAULT_WIDTH;
    const height = output.rows || DEFAULT_HEIGHT;
    const options = { url: client.url, width, rows: height, colour, problem: this.problem };
    const lines = [...frameOf(this.view, options).slice(0, height - 1), 'q quits'];
    output.write(HOME + lines.map((line) => `${CLEAR_LINE}${line}`).join('\r\n') + CLEAR_BELOW);
  }
}
