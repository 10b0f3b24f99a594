/**
 * What a driver has to bring so that it can be held to `src/transport/port.ts`. A driver that cannot do something says
 * why, and is then held to what the port promises in that case; nothing is left out silently.
 */
import type { Headers, InputRange, Sink, Source } from '../../../src/transport/port.ts';

/** Something a driver cannot do, as a sentence that ends up in the name of the test. */
export interface Cannot {
  readonly cannot: string;
}

export function isAble<T>(what: T | Cannot): what is T {
  return !(typeof what === 'object' && what !== null && 'cannot' in what);
}

/** For the name of a test. */
export function reasonOf(what: unknown): string {
  return (what as Cannot).cannot;
}

export interface SourceHarness {
  /** Partitions that an input may have, 2 at least. */
  readonly severalPartitions: number | Cannot;
  /** Milliseconds without a sign of life after which a source's partitions are given to others. */
  readonly patienceMs: number | Cannot;
  newInput(partitions: number): Promise<TestInput>;
}

/** An input of its own with the progress made on it. Ends with the test. */
export interface TestInput {
  /** Appends records. Called before a source is made, not while one reads. */
  write(partition: number, values: readonly string[]): Promise<void>;
  /** Appends positions that hold no record, at least one. */
  writeGap(partition: number): Promise<void>;
  /** One more source, as another process would have it. It goes on where the commits of all before it ended. */
  source(options: { readonly maxBatchRecords: number }): Source;
  /** All sources made so far are dead: the ones made from now on need not wait for them. */
  afterCrash(): Promise<void>;
  /** Takes the partitions away from the sources that run, who are alive and are not told, and lets others have them. */
  readonly takeAway: (() => Promise<void>) | Cannot;
}

export interface SinkHarness {
  readonly carries: Readonly<Record<'key' | 'headers' | 'timestamp' | 'tombstone', true | Cannot>>;
  /** Partitions that an output may have, 2 at least. */
  readonly severalPartitions: number | Cannot;
  newOutput(partitions: number): Promise<TestOutput>;
  /** An output that takes no value of `bytes` bytes, but some of a tenth of it. */
  readonly newLimitedOutput: (() => Promise<{ readonly output: TestOutput; readonly bytes: number }>) | Cannot;
  /** An output that cannot be written until it is `mended`. */
  readonly newStalledOutput: (() => Promise<{ readonly output: TestOutput; mend(): Promise<void> }>) | Cannot;
  /** With `newStalledOutput` impossible: an output that can never be written. */
  newBrokenOutput?(): Promise<TestOutput>;
}

/** An output of its own. Ends with the test. */
export interface TestOutput {
  readonly topic: string;
  /** One more sink, as another process would have it. */
  sink(): Sink;
  /** What an independent reader finds now: by partition, and there in the order of writing. */
  read(): Promise<readonly WrittenRecord[]>;
  /** A sink that commits its input needs one: the next range of an input that is there. */
  nextCovers?(): InputRange;
}

export interface WrittenRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  readonly timestampMs: number;
}

/** A source and a sink that work together; with an atomic sink, the sink commits what the source reads. */
export interface DeliveryHarness {
  newDelivery(): Promise<TestDelivery>;
}

export interface TestDelivery {
  /** With one partition. */
  readonly input: Pick<TestInput, 'write' | 'afterCrash'>;
  /** One more process: a source and a sink that know nothing of those before. */
  process(options: { readonly maxBatchRecords: number }): { readonly source: Source; readonly sink: Sink };
  /** Topic to publish to. */
  readonly topic: string;
  /** What an independent reader finds now, of what is committed if the sink is atomic. */
  read(): Promise<readonly WrittenRecord[]>;
}
