import { type LetterFilter, type LetterStatus, passes } from '../dead-letters/filter.ts';
import { type Letter, receiptFor, toLetter } from '../dead-letters/letter.ts';
import type { KafkaConnection } from '../transport/kafka/client.ts';
import { RangeSource } from '../transport/kafka/range-source.ts';

/** Where the dead letters are. */
export interface DlqTarget {
  readonly connection: KafkaConnection;
  readonly topic: string;
}

/** Called once per dead letter that passes the filter, in the order of each partition. */
export type LetterVisitor = (letter: Letter, status: LetterStatus) => Promise<void> | void;

/**
 * Reads the topic twice: a receipt stands behind the dead letter that it is for. Holds one text for each receipt, and what
 * is being fetched. What stands before the first dead letter that the filter may let pass is not read.
 * @throws {TriageError} `transport`, when the topic does not exist or cannot be read.
 */
export async function visitLetters(
  { connection, topic }: DlqTarget,
  filter: LetterFilter,
  visit: LetterVisitor,
  signal?: AbortSignal,
): Promise<void> {
  const redriven = new Set<string>();
  const where = { connection, topic, ...startOf(filter) };
  await readAll(where, signal, (record) => {
    const offset = receiptFor(record);
    if (offset !== undefined) redriven.add(`${record.partition}:${offset}`);
  });
  await readAll(where, signal, async (record) => {
    if (receiptFor(record) !== undefined) return;
    const letter = toLetter(record);
    if (passes(letter, filter)) await visit(letter, redriven.has(letter.id) ? 'redriven' : 'waiting');
  });
}

type RecordVisitor = (record: Letter['record']) => Promise<void> | void;

type Where = ConstructorParameters<typeof RangeSource>[0];

/** A time alone does not say where to end: dead letters keep the time of their records, so times are in no order. */
function startOf({ sinceMs, ids }: LetterFilter): Pick<Where, 'fromMs' | 'parts'> {
  const first = new Map<number, number>();
  for (const id of ids ?? []) {
    const [partition, offset] = id.split(':').map(Number) as [number, number];
    first.set(partition, Math.min(offset, first.get(partition) ?? offset));
  }
  return {
    ...(sinceMs !== undefined && { fromMs: sinceMs }),
    ...(ids !== undefined && { parts: [...first].map(([partition, startOffset]) => ({ partition, startOffset })) }),
  };
}

async function readAll(where: Where, signal: AbortSignal | undefined, visit: RecordVisitor): Promise<void> {
  if (signal?.aborted) return;
  const source = new RangeSource(where);
  const stop = () => void source.stop();
  signal?.addEventListener('abort', stop);
  try {
    await source.run(async ({ records }) => {
      for (const record of records) {
        if (signal?.aborted) return;
        await visit(record);
      }
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
