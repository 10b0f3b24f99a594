import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { TriageError } from '../../../src/errors.ts';
import { needsAPerson, toTransportError } from '../../../src/transport/kafka/failure.ts';

const CONTEXT = { brokers: ['k1:9092', 'k2:9092'], doing: 'write to topic out, partition 0', topic: 'out' };

function named(name: string, message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), { name, ...fields });
}

function protocol(type: string): Error {
  return named('KafkaJSProtocolError', `text of ${type}`, { type });
}

/** As kafkajs wraps an error that outlived its retries. */
function outlivedRetries(cause: Error): Error {
  return named('KafkaJSNonRetriableError', cause.message, {
    cause: named('KafkaJSNumberOfRetriesExceeded', cause.message, { cause, retriable: false }),
  });
}

const ROWS: readonly (readonly [name: string, error: Error, what: RegExp, remedy: RegExp, retriable: boolean])[] = [
  [
    'nothing listens',
    named('KafkaJSConnectionError', 'x', { code: 'ECONNREFUSED' }),
    /refused the connection/,
    /start the broker/,
    true,
  ],
  [
    'unknown host',
    named('KafkaJSConnectionError', 'getaddrinfo', { code: 'ENOTFOUND' }),
    /host name is unknown/,
    /address/,
    true,
  ],
  ['no answer to connect', named('KafkaJSConnectionError', 'Connection timeout'), /did not answer/, /firewall/, true],
  [
    'not Kafka',
    Object.assign(new Error('no answer within 3000 ms'), { code: 'KAFKA_SAYS_NOTHING' }),
    /does not answer as Kafka/,
    /kafka\.brokers/,
    true,
  ],
  [
    'closed connection',
    named('KafkaJSConnectionClosedError', 'Closed connection'),
    /closed the connection/,
    /TLS or a login/,
    true,
  ],
  ['missing topic', protocol('UNKNOWN_TOPIC_OR_PARTITION'), /has no topic out/, /triage topics create/, true],
  ['too large', protocol('MESSAGE_TOO_LARGE'), /size/, /max\.message\.bytes/, false],
  ['replicas', protocol('NOT_ENOUGH_REPLICAS'), /min\.insync\.replicas/, /goes on by itself/, true],
  [
    'anything else',
    protocol('NETWORK_EXCEPTION'),
    /text of NETWORK_EXCEPTION \(NETWORK_EXCEPTION\)/,
    /broker log/,
    true,
  ],
];

describe('toTransportError', () => {
  test.each(ROWS)('%s', (_name, error, what, remedy, retriable) => {
    for (const thrown of [error, outlivedRetries(error)]) {
      const failure = toTransportError(thrown, CONTEXT);
      expect(failure).toMatchObject({ kind: 'transport', retriable, cause: thrown });
      expect(failure.message).toMatch(/^Cannot write to topic out, partition 0: Kafka at k1:9092, k2:9092/);
      expect(failure.message).toMatch(what);
      expect(failure.message).toMatch(remedy);
    }
  });

  test('leaves an error that has its sentence alone', () => {
    const error = new TriageError('usage', 'mine');
    expect(toTransportError(error, CONTEXT)).toBe(error);
  });

  test('reads the errors that kafkajs makes itself', () => {
    const refused = new kafkajs.KafkaJSNonRetriableError('x');
    expect(needsAPerson(refused)).toBe(false);
    expect(needsAPerson(undefined)).toBe(false);
  });
});
