/** Run as a process of its own: whether it ends by itself is the test. Arguments: broker, topic. */

import { once } from 'node:events';
import { TriageError } from '../../src/errors.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { connectionTo, noKeepAlive, outbound } from './records.ts';

const [broker = '', topic = ''] = process.argv.slice(2);
const abort = new AbortController();
// Unanswered requests must be cut off, not run into their timeout: that would outlast the test.
const connection = { ...connectionTo([broker]), requestTimeoutMs: 300_000 };
const sink = new KafkaSink({ connection, signal: abort.signal, closeTimeoutMs: 300 });
await sink.publish([outbound(topic, 'first')], noKeepAlive);
console.log('first written');
await once(process.stdin.resume(), 'end');
const publishing = sink.publish([outbound(topic, 'second')], noKeepAlive);
setTimeout(() => abort.abort(), 500);
try {
  await publishing;
} catch (error) {
  console.log(`aborted: ${error instanceof TriageError && error.retriable ? 'retriable' : error}`);
}
await sink.close();
console.log('closed');
