import type { KafkaConnection } from '../../src/transport/kafka/client.ts';
import type { OutboundRecord } from '../../src/transport/port.ts';
import { RecordingLogger } from './recording-logger.ts';

export interface TestConnection extends KafkaConnection {
  readonly logger: RecordingLogger;
}

export function connectionTo(brokers: readonly string[]): TestConnection {
  return { brokers, clientId: 'transport-test', logger: new RecordingLogger() };
}

export function outbound(topic: string, value: string, key: string | null = null, partitionHint = 0): OutboundRecord {
  return { topic, key: key === null ? null : Buffer.from(key), value: Buffer.from(value), headers: {}, partitionHint };
}

export async function noKeepAlive(): Promise<void> {
  // Nobody waits.
}
