/** Run as a program by broker.test.ts: launches a broker, prints its process id, waits to be killed. */

import { launchKafka } from '../../src/local-kafka/launch.ts';

const kafka = await launchKafka({ order: ['jars'], env: process.env, log: () => undefined });
console.log(kafka.pid);
