/**
 * Live updates: one computation a second for all readers, and none without readers. What a reader does not take is bounded
 * by the server, which cuts off those that fall behind; they come back and begin with a snapshot.
 */
import type { EventStream } from '../http/route.ts';
import type { Board } from './board.ts';
import { tailOf } from './chart.ts';
import { attentionRows, connectorCounts } from './connector-answers.ts';
import type { Connector } from './connectors.ts';
import { seenTypes, spikingTypes } from './error-type-answers.ts';
import { UNCLASSIFIED } from './error-types.ts';
import { MAX_ROWS, overviewOf, totalsOf } from './overview-answer.ts';
import { type ProcessStatus, pipelineOf } from './pipeline-state.ts';
import type { Pipeline } from './schema/base.ts';
import type { Beat, Update } from './schema/overview.ts';
import { isoTime } from './text.ts';
import { unclassifiedCounts } from './unclassified-answers.ts';

const TICK_MS = 1_000;
const BEAT_MS = 5_000;
const TAIL_STEPS = 3;

export interface FeedOptions {
  readonly board: Board;
  readonly status: () => ProcessStatus;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How things stood when the readers were last told. */
interface Told {
  readonly atMs: number;
  readonly change: number;
  readonly pipeline: string;
  /** Digest of the catalog. */
  readonly catalog: string;
}

export class Feed {
  private readonly options: FeedOptions;
  private readonly readers = new Set<EventStream>();
  private timer: NodeJS.Timeout | undefined;
  private snapshot: Buffer | undefined;
  private told: Told | undefined;
  private lastSentMs = 0;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  join(reader: EventStream): void {
    // Of this second or newer than what the readers were told last: changes after that come to all of them.
    this.snapshot ??= this.takeSnapshot();
    this.readers.add(reader);
    reader.signal.addEventListener('abort', () => this.leave(reader));
    reader.send(this.snapshot);
    if (reader.signal.aborted) this.leave(reader);
    else this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  private leave(reader: EventStream): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.snapshot = undefined;
    this.told = undefined;
  }

  private takeSnapshot(): Buffer {
    const { board, status, version, now } = this.options;
    const nowMs = now();
    this.told ??= this.toldAt(nowMs);
    // Only who joins gets it: the others still wait for their beat.
    if (this.readers.size === 0) this.lastSentMs = nowMs;
    return frame('snapshot', overviewOf({ board, status: status(), version }, '1h', nowMs));
  }

  private tick(): void {
    const { board, status, now } = this.options;
    const nowMs = now();
    const before = this.told ?? this.toldAt(nowMs);
    const pipeline = pipelineOf(board, status(), nowMs);
    const changed = changedConnectors(board, before, nowMs);
    this.snapshot = undefined;
    this.told = toldOf(board, pipeline, nowMs);
    if (this.told.catalog !== before.catalog) {
      // Names, advice and counts of entries are of the catalog everywhere.
      this.snapshot = this.takeSnapshot();
      this.send(this.snapshot, nowMs);
    } else if (board.change > before.change || changed.length > 0) {
      this.send(frame('update', updateOf(board, pipeline, before, changed, nowMs)), nowMs);
    } else if (nowMs - this.lastSentMs >= BEAT_MS || this.told.pipeline !== before.pipeline) {
      this.send(frame('beat', { now: isoTime(nowMs), pipeline, totals: totalsOf(board, nowMs) } satisfies Beat), nowMs);
    }
  }

  private toldAt(nowMs: number): Told {
    const { board, status } = this.options;
    return toldOf(board, pipelineOf(board, status(), nowMs), nowMs);
  }

  private send(data: Buffer, nowMs: number): void {
    this.lastSentMs = nowMs;
    for (const reader of [...this.readers]) if (!reader.send(data)) this.leave(reader);
  }
}

function toldOf(board: Board, pipeline: Pipeline, nowMs: number): Told {
  const { digest } = board.catalogView.catalog;
  return { atMs: nowMs, change: board.change, pipeline: conditionOf(pipeline), catalog: digest };
}

/** With errors since, or in another state by the passing of time. */
function changedConnectors({ connectors }: Board, before: Told, nowMs: number): Connector[] {
  const changed: Connector[] = [];
  for (const connector of connectors.all()) {
    const { change, state } = connector;
    if (change > before.change || state.at(nowMs).state !== state.at(before.atMs).state) changed.push(connector);
  }
  return changed;
}

function updateOf(
  board: Board,
  pipeline: Pipeline,
  before: Told,
  connectors: readonly Connector[],
  nowMs: number,
): Update {
  const types = [...board.types.all()].filter(({ id, change }) => change > before.change && id !== UNCLASSIFIED);
  return {
    now: isoTime(nowMs),
    pipeline,
    totals: totalsOf(board, nowMs),
    connectors: {
      counts: connectorCounts(board, nowMs),
      changed: attentionRows(board, connectors, MAX_ROWS, nowMs),
      more: connectors.length > MAX_ROWS,
    },
    error_types: {
      seen: seenTypes(board),
      spiking: spikingTypes(board, MAX_ROWS, nowMs),
      changed: types.slice(0, MAX_ROWS).map(({ id }) => id),
      more: types.length > MAX_ROWS,
    },
    unclassified: unclassifiedCounts(board),
    tail: tailOf(board, TAIL_STEPS, nowMs),
  };
}

/** Lag and delay alone are no news. */
function conditionOf({ state, reasons }: Pipeline): string {
  return [state, ...reasons].join('\n');
}

/** JSON has no line breaks of its own, so that it is one line of data. */
function frame(event: 'snapshot' | 'update' | 'beat', data: object): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
