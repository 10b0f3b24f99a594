/** The file transport, held to the port. */
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { FileSink } from '../../../src/transport/file/file-sink.ts';
import { FileSource } from '../../../src/transport/file/file-source.ts';
import { describeDelivery } from '../conformance/describe-delivery.ts';
import { describeSink } from '../conformance/describe-sink.ts';
import { describeSource } from '../conformance/describe-source.ts';
import type { TestInput, TestOutput, WrittenRecord } from '../conformance/harness.ts';
import { until } from '../conformance/reader.ts';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-file-conformance-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ONE_PARTITION = { cannot: 'a file has no partitions' };
const TOPIC = 'out';
/** Short, so that the suite does not wait for it. */
const retryDelayMs = 1;

function newInput(): TestInput {
  const path = join(folder, `input-${count++}.ndjson`);
  return {
    write: (_partition, values) => appendFile(path, values.map((value) => `${value}\n`).join('')),
    writeGap: () => appendFile(path, '\n\r\n'),
    source: ({ maxBatchRecords }) =>
      new FileSource({ input: path, checkpoint: `${path}.checkpoint`, maxBatchRecords, retryDelayMs }),
    // A file knows nothing of its readers.
    afterCrash: async () => undefined,
    takeAway: { cannot: 'nobody shares out a file: one process reads it' },
  };
}

function outputAt(path: string): TestOutput {
  return {
    topic: TOPIC,
    sink: () => new FileSink({ targets: { [TOPIC]: path }, mode: 'append' }),
    read: async () => linesOf(await readFile(path)),
  };
}

function newOutput(): TestOutput {
  return outputAt(join(folder, `output-${count++}.ndjson`));
}

/** Every line must be ended: half a line would be one that was lost. */
function linesOf(bytes: Buffer): WrittenRecord[] {
  const records: WrittenRecord[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1) throw new Error(`the output ends with half a line: ${bytes.subarray(start)}`);
    records.push({ partition: 0, key: null, value: bytes.subarray(start, end), headers: {}, timestampMs: -1 });
    start = end + 1;
  }
  return records;
}

function noFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

describeSource('FileSource', {
  severalPartitions: ONE_PARTITION,
  patienceMs: { cannot: 'nobody takes a file away from a slow reader' },
  newInput: async () => newInput(),
});

describeSink('FileSink', {
  carries: {
    key: { cannot: 'a line is the value alone' },
    headers: { cannot: 'a line is the value alone' },
    timestamp: { cannot: 'a line is the value alone' },
    tombstone: { cannot: 'an empty line is no record' },
  },
  severalPartitions: ONE_PARTITION,
  newOutput: async () => newOutput(),
  newLimitedOutput: { cannot: 'a line may have any length' },
  newStalledOutput: { cannot: 'a file that cannot be written needs a person' },
  newBrokenOutput: async () => outputAt(join(folder, 'no such folder', 'output.ndjson')),
});

describeDelivery('FileSource and FileSink', {
  newDelivery: async () => {
    const path = join(folder, `delivered-${count++}.ndjson`);
    const input = join(folder, `to-deliver-${count++}.ndjson`);
    const checkpoint = `${input}.checkpoint`;
    const fileNow = () => stat(checkpoint).then(({ ino }) => ino, noFile);
    let begun: { readonly file: number | undefined } | undefined;
    return {
      input: {
        write: (_partition, values) => appendFile(input, values.map((value) => `${value}\n`).join('')),
        // What died here only in name ends the commit that it has begun: a dead process would not write beside its successor.
        afterCrash: async () => {
          if (begun === undefined) return;
          const { file } = begun;
          await until('the commit under way is over', async () => (await fileNow()) !== file);
        },
      },
      topic: TOPIC,
      process: ({ maxBatchRecords }) => {
        const sink = new FileSink({ targets: { [TOPIC]: path }, mode: 'append' });
        const source = new FileSource({
          input,
          checkpoint,
          beforeCheckpoint: async () => {
            begun = { file: await fileNow() };
            await sink.sync();
          },
          maxBatchRecords,
          retryDelayMs,
        });
        return { source, sink };
      },
      read: async () => linesOf(await readFile(path)),
    };
  },
});
