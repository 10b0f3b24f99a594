/** The service's topics as they should be created. */
import type { Config } from './config.ts';
import type { TopicSpec } from './transport/kafka/admin.ts';

const DAY_MS = 86_400_000;

/** Above `limits.recordBytes` by default: a dead letter is the whole record and some headers. */
const DEAD_LETTER_BYTES = '11534336';

/** Dead letters are kept longer than events: somebody has to look at them. */
export function topicSpecs(topics: Config['topics'], partitions: number, replication?: number): TopicSpec[] {
  const common = { partitions, ...(replication !== undefined && { replicationFactor: replication }) };
  const days = (count: number) => ({ 'retention.ms': String(count * DAY_MS) });
  return [
    { topic: topics.input, ...common, config: days(7) },
    { topic: topics.output, ...common, config: days(7) },
    { topic: topics.deadLetter, ...common, config: { ...days(30), 'max.message.bytes': DEAD_LETTER_BYTES } },
  ];
}
