import { describe, expect, test } from 'vitest';
import { EXPECTS_LOGIN, NO_TLS_ANSWER, SPEAKS_TLS } from '../../../src/transport/kafka/access-failure.ts';
import { needsAPerson, toTransportError } from '../../../src/transport/kafka/failure.ts';
import { LoginError } from '../../../src/transport/kafka/login-error.ts';

const CONTEXT = { brokers: ['k1:9092'], doing: 'write to topic out', topic: 'out' };

function connectionError(code: string, message = 'Connection error: x'): Error {
  return Object.assign(new Error(message), { name: 'KafkaJSConnectionError', code });
}

function protocol(type: string): Error {
  return Object.assign(new Error(`text of ${type}`), { name: 'KafkaJSProtocolError', type });
}

/** As kafkajs wraps an error that outlived its retries. */
function outlivedRetries(cause: Error): Error {
  return Object.assign(new Error(cause.message), { name: 'KafkaJSNonRetriableError', cause });
}

describe('a refusal of access says what the brokers did not like and what to do', () => {
  test.each<[name: string, error: Error, sentence: RegExp]>([
    [
      'TLS where there is none',
      connectionError(NO_TLS_ANSWER),
      /k1:9092 ends the connection when TLS begins\. .*enabled to false/,
    ],
    ['none where there is TLS', connectionError(SPEAKS_TLS), /answers with TLS, and kafka\.tls\.enabled is false/],
    ['no login where one is expected', connectionError(EXPECTS_LOGIN), /expects a login.*Set kafka\.sasl\.mechanism/],
    ['expired', connectionError('CERT_HAS_EXPIRED'), /has expired\. Renew the certificate/],
    ['not valid yet', connectionError('CERT_NOT_YET_VALID'), /not valid yet\. Correct the clock/],
    [
      'another host',
      connectionError('ERR_TLS_CERT_ALTNAME_INVALID', 'Connection error: Host: k1 is not in the list'),
      /for another host \(Host: k1 is not in the list\)\. .*kafka\.tls\.serverName/,
    ],
    [
      'untrusted',
      connectionError('SELF_SIGNED_CERT_IN_CHAIN'),
      /not trusted \(SELF_SIGNED_CERT_IN_CHAIN\)\. Set kafka\.tls\.caFile/,
    ],
    [
      'client certificate wanted',
      connectionError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      /client certificate, set kafka\.tls\.certFile/,
    ],
    ['other TLS trouble', connectionError('ERR_SSL_UNSUPPORTED_PROTOCOL'), /breaks off the TLS handshake/],
    ['login where none is', protocol('ILLEGAL_SASL_STATE'), /expects no login.*mechanism to off/],
    [
      'another mechanism',
      protocol('UNSUPPORTED_SASL_MECHANISM'),
      /does not offer this login\. .*sasl\.enabled\.mechanisms/,
    ],
    ['topic', protocol('TOPIC_AUTHORIZATION_FAILED'), /does not allow this user topic out\. Grant READ/],
    ['group', protocol('GROUP_AUTHORIZATION_FAILED'), /the consumer group\. Grant READ on the group/],
    ['cluster', protocol('CLUSTER_AUTHORIZATION_FAILED'), /on the cluster\. Grant CREATE/],
    ['transactional id', protocol('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'), /transactional id\. Grant WRITE/],
  ])('%s', (_name, error, sentence) => {
    for (const thrown of [error, outlivedRetries(error)]) {
      const failure = toTransportError(thrown, CONTEXT);
      expect(failure).toMatchObject({ kind: 'access', cause: thrown });
      expect(failure.message).toMatch(/^Cannot write to topic out: Kafka at k1:9092 /);
      expect(failure.message).toMatch(sentence);
    }
  });

  test('a lost connection is none', () => {
    for (const error of [
      connectionError('ECONNRESET'),
      connectionError('ECONNREFUSED'),
      protocol('NETWORK_EXCEPTION'),
    ]) {
      expect(toTransportError(error, CONTEXT)).toMatchObject({ kind: 'transport', retriable: true });
    }
  });

  test('a refused login is waited out only where it may pass', () => {
    const refused = (mayPass: boolean) =>
      outlivedRetries(new LoginError('refused the login', 'Check it.', { mayPass }));
    expect(toTransportError(refused(false), CONTEXT)).toMatchObject({
      kind: 'access',
      retriable: false,
      message: 'Cannot write to topic out: Kafka at k1:9092 refused the login. Check it.',
    });
    expect(toTransportError(refused(true), CONTEXT)).toMatchObject({ kind: 'access', retriable: true });
    expect([needsAPerson(refused(false)), needsAPerson(refused(true))]).toEqual([true, false]);
  });
});
