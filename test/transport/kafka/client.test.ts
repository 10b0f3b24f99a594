import { createRequire } from 'node:module';
import { logLevel } from 'kafkajs';
import { describe, expect, test, vi } from 'vitest';
import { createKafkaClient } from '../../../src/transport/kafka/client.ts';
import { kafkaLogCreator } from '../../../src/transport/kafka/client-log.ts';
import { patchRequestQueue } from '../../../src/transport/kafka/request-queue-patch.ts';
import { RecordingLogger } from '../recording-logger.ts';

describe('createKafkaClient', () => {
  test.each(['kafka', 'kafka:', ':9092', 'kafka:99999', 'http://kafka:9092', ''])(
    'refuses the address "%s"',
    (broker) => {
      const create = () => createKafkaClient({ brokers: [broker], clientId: 'test', logger: new RecordingLogger() });
      expect(create).toThrow(/is not host:port/);
    },
  );

  test('refuses to be without brokers', () => {
    expect(() => createKafkaClient({ brokers: [], clientId: 'test', logger: new RecordingLogger() })).toThrow(
      /No Kafka broker/,
    );
  });
});

describe('kafkaLogCreator', () => {
  function logged(message: string, fields: object = {}) {
    const logger = new RecordingLogger();
    const log = { timestamp: '2026-01-01T00:00:00Z', logger: 'kafkajs', message, ...fields };
    kafkaLogCreator(logger)(logLevel.ERROR)({ namespace: 'Runner', level: logLevel.ERROR, label: 'ERROR', log });
    return logger.lines;
  }

  test('an error that is tried again is a matter for debugging, with its stack', () => {
    expect(logged('Connection error: refused', { broker: 'k:9092', stack: 'at x' })).toEqual([
      {
        level: 'debug',
        message: 'Connection error: refused',
        fields: { component: 'kafkajs/Runner', broker: 'k:9092', stack: 'at x' },
      },
    ]);
  });

  test('records that are gone are an error, without a stack', () => {
    expect(logged('Offset out of range, resetting to default offset', { topic: 't', stack: 'at x' })).toEqual([
      {
        level: 'error',
        message: expect.stringContaining('goes on at the oldest record left'),
        fields: { component: 'kafkajs/Runner', event: 'records-gone', topic: 't' },
      },
    ]);
  });

  test('an error object becomes its sentence', () => {
    expect(logged('Error when calling eachBatch', { error: new Error('why') })[0]?.fields).toMatchObject({
      error: 'why',
    });
  });
});

describe('patchRequestQueue', () => {
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');
  const options = {
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    clientId: 'c',
    broker: 'b',
    logger: { debug: () => undefined },
  };
  const request = (correlationId: number, sendRequest: () => void) => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined },
    expectResponse: true,
    sendRequest,
  });

  test('an idle connection sets no timer, and one with a held-back request does', () => {
    patchRequestQueue();
    patchRequestQueue();
    const setTimeoutSpy = vi.spyOn(globalThis, 'setTimeout');
    const queue = new RequestQueue(options);
    try {
      const sent: number[] = [];
      queue.push(request(1, () => sent.push(1)));
      queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
      expect(setTimeoutSpy).not.toHaveBeenCalled();
      queue.push(request(2, () => sent.push(2)));
      queue.push(request(3, () => sent.push(3)));
      expect(setTimeoutSpy).toHaveBeenCalledTimes(1);
      queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 });
      expect(sent).toEqual([1, 2, 3]);
    } finally {
      queue.destroy();
      setTimeoutSpy.mockRestore();
    }
  });
});
