import { describe, expect, it } from 'vitest';
import { connectErrors } from '../../src/formats/connect-errors.ts';
import type { Headers } from '../../src/transport/port.ts';
import { eventIn, letterIn, OPTIONS, recordOf } from './support.ts';

const SECRET = 'alice4711';
const JACKSON = `Unrecognized token '${SECRET}': was expecting (JSON String, Number, Array, Object or token)\n at [Source: (byte[])"${SECRET}; line: 9 [Source: (byte[])"${SECRET} `;

// The headers of
// https://github.com/apache/kafka/blob/4.1.0/connect/runtime/src/main/java/org/apache/kafka/connect/runtime/errors/DeadLetterQueueReporter.java
const HEADERS: Headers = Object.fromEntries(
  Object.entries({
    topic: 'orders',
    partition: '3',
    offset: '42',
    'connector.name': 'salesforce-sink-eu',
    'task.id': '0',
    stage: 'VALUE_CONVERTER',
    'class.name': 'org.apache.kafka.connect.json.JsonConverter',
    'exception.class.name': 'org.apache.kafka.connect.errors.DataException',
    'exception.message': 'Converting byte[] to Kafka Connect data failed due to serialization error: ',
    'exception.stacktrace':
      'org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed\n' +
      '\tat org.apache.kafka.connect.json.JsonConverter.toConnectData(JsonConverter.java:324)\n' +
      `Caused by: com.fasterxml.jackson.core.JsonParseException: ${JACKSON}"; line: 1, column: 7]\n\tat com.fasterxml.X\n`,
  }).map(([name, value]) => [`__connect.errors.${name}`, Buffer.from(value)]),
);

const decode = (headers: Headers, value: unknown = Buffer.from(SECRET)) =>
  connectErrors(OPTIONS).decode(recordOf(value, headers));

describe('a dead letter of Kafka Connect', () => {
  it('is what its headers say', () => {
    const event = eventIn(decode(HEADERS));
    expect(event).toMatchObject({
      message: 'Converting byte[] to Kafka Connect data failed due to serialization error: ',
      severity: 'error',
      app: 'salesforce',
      connectorId: 'salesforce-sink-eu',
      error: {
        type: 'org.apache.kafka.connect.errors.DataException',
        stackTrace: expect.stringContaining('Caused by: com.fasterxml.jackson.core.JsonParseException'),
      },
    });
    expect({ ...event.attributes }).toEqual({
      'connect.stage': 'VALUE_CONVERTER',
      'connect.class': 'org.apache.kafka.connect.json.JsonConverter',
      'connect.task': '0',
      'connect.topic': 'orders',
      'connect.partition': '3',
      'connect.offset': '42',
    });
  });

  it('has nothing of the value in it, not even what the exception quotes', () => {
    const event = eventIn(decode(HEADERS));
    expect(JSON.stringify(event)).not.toContain(SECRET);
    expect(event.error!.stackTrace).toContain("Unrecognized token '...'");
    expect(event.error!.stackTrace).toContain('at [Source: (byte[]); line: 1, column: 7]\n\tat com.fasterxml.X');
  });

  it('leaves out all that follows a quotation without an end', () => {
    const headers = { ...HEADERS, '__connect.errors.exception.message': `bad at [Source: (String)"${SECRET}` };
    expect(eventIn(decode(headers)).message).toBe('bad at [Source: (String)');
  });

  it('says the same of a record without a value, and of one that is JSON with a message', () => {
    expect(decode(HEADERS, null)).toEqual(decode(HEADERS));
    expect(decode(HEADERS, { message: 'another' })).toEqual(decode(HEADERS));
  });

  it('needs neither a message nor an exception, and takes the app from the class where the name tells none', () => {
    const only = (names: Record<string, string>) =>
      eventIn(
        decode(Object.fromEntries(Object.entries(names).map(([name, value]) => [`__connect.errors.${name}`, value]))),
      );
    expect(only({ stage: 'TASK_PUT', 'exception.class.name': 'java.lang.NullPointerException' }).message).toBe(
      'java.lang.NullPointerException',
    );
    expect(only({ stage: 'TASK_PUT' }).message).toContain('TASK_PUT');
    expect(only({ stage: 'TASK_PUT', 'connector.name': 'sink-1', 'class.name': 'com.box.BoxSinkTask' }).app).toBe(
      'box',
    );
  });

  it('is told how to get the headers where there are none', () => {
    expect(letterIn(decode({}))).toMatchObject({
      reason: 'wrong-format',
      error: expect.stringContaining('errors.deadletterqueue.context.headers.enable=true'),
    });
  });
});
