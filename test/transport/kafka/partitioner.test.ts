import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { partitionOf } from '../../../src/transport/kafka/partitioner.ts';

test('chooses the partition that the default partitioner of kafkajs chooses', () => {
  const reference = Partitioners.DefaultPartitioner();
  const partitionMetadata = (count: number) =>
    Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.integer({ min: 1, max: 100 }), (bytes, count) => {
      const key = Buffer.from(bytes);
      const expected = reference({
        topic: 't',
        partitionMetadata: partitionMetadata(count),
        message: { key, value: null },
      });
      expect(partitionOf(key, count)).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});
