/** TLS, login and rights: which sentence tells a person what the brokers did not like. */

import { LoginError } from './login-error.ts';

/** The parts of kafkajs' error classes that are read; all optional, any thrown value fits. */
export interface KafkaFailure {
  readonly name?: string;
  readonly message?: string;
  /** Protocol error, for example `NOT_LEADER_FOR_PARTITION`. */
  readonly type?: string;
  /** Of the socket, for example `ECONNREFUSED`; a number for protocol errors. */
  readonly code?: string | number;
  readonly topic?: string;
  readonly cause?: unknown;
}

export type Explanation = readonly [what: string, remedy: string];

/** A plaintext client was answered with a TLS alert. */
export const SPEAKS_TLS = 'KAFKA_SPEAKS_TLS';
/** A client without login was answered, and cut off at its next request. */
export const EXPECTS_LOGIN = 'KAFKA_EXPECTS_LOGIN';
/** The connection ended before TLS was agreed on. */
export const NO_TLS_ANSWER = 'KAFKA_NO_TLS_ANSWER';

/**
 * To follow "Kafka at x:9092 "; `undefined` when it is no matter of access. `topic`: what it was about, where there is one.
 */
export function accessExplanation(root: KafkaFailure, topic: string | undefined): Explanation | undefined {
  if (root instanceof LoginError) return [root.what, root.remedy];
  return tlsExplanation(root) ?? loginExplanation(root) ?? rightExplanation(root, topic);
}

function tlsExplanation({ code, message = '' }: KafkaFailure): Explanation | undefined {
  switch (code) {
    case SPEAKS_TLS:
      return [
        'answers with TLS, and kafka.tls.enabled is false',
        'Set kafka.tls.enabled to true, or use the port without TLS.',
      ];
    case NO_TLS_ANSWER:
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return [
        'ends the connection when TLS begins',
        'The port does not speak TLS: use the one that does, or set kafka.tls.enabled to false.',
      ];
    case 'CERT_HAS_EXPIRED':
      return [
        'shows a certificate that has expired',
        'Renew the certificate of the broker, or correct this machine’s clock.',
      ];
    case 'CERT_NOT_YET_VALID':
      return ['shows a certificate that is not valid yet', 'Correct the clock of this machine or the certificate.'];
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [
        `shows a certificate for another host (${message.replace(/^Connection error: /, '')})`,
        'Use a host name of the certificate in kafka.brokers and advertised.listeners, or set kafka.tls.serverName.',
      ];
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_SIGNATURE_FAILURE':
      return [
        `shows a certificate of an authority that is not trusted (${code})`,
        'Set kafka.tls.caFile to the certificate of the authority that signed it.',
      ];
  }
  if (/^ERR_SSL_.*(ALERT|HANDSHAKE)/.test(String(code ?? ''))) {
    return [
      `ended the TLS handshake (${code})`,
      'If it asks for a client certificate, set kafka.tls.certFile and kafka.tls.keyFile to one that it trusts.',
    ];
  }
  if (/certificate|self.signed|SSL routines|EPROTO/i.test(message) || /^ERR_(SSL|TLS)_/.test(String(code ?? ''))) {
    return [
      `breaks off the TLS handshake (${message})`,
      'Check the certificate authority, and that the port speaks TLS.',
    ];
  }
  return undefined;
}

function loginExplanation({ name, type, code, message = '' }: KafkaFailure): Explanation | undefined {
  if (code === EXPECTS_LOGIN) {
    return ['expects a login, and kafka.sasl.mechanism is off', 'Set kafka.sasl.mechanism and what belongs to it.'];
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    return ['expects no login at this port', 'Set kafka.sasl.mechanism to off, or use the port that takes logins.'];
  }
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || /mechanism is not supported by the server/.test(message)) {
    return [
      'does not offer this login',
      'Set kafka.sasl.mechanism to one of the sasl.enabled.mechanisms of the brokers.',
    ];
  }
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
    return [`refused the login (${message})`, 'Check the SASL mechanism, the user name and the password.'];
  }
  return undefined;
}

function rightExplanation({ type }: KafkaFailure, topic: string | undefined): Explanation | undefined {
  switch (type) {
    case 'TOPIC_AUTHORIZATION_FAILED':
      return [
        `does not allow this user ${topic === undefined ? 'one of the topics' : `topic ${topic}`}`,
        'Grant READ and DESCRIBE on the input topic, WRITE and DESCRIBE on the output topics.',
      ];
    case 'GROUP_AUTHORIZATION_FAILED':
      return ['does not allow this user the consumer group', 'Grant READ on the group.'];
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return ['does not allow this user to do that on the cluster', 'Grant CREATE (topics) or IDEMPOTENT_WRITE.'];
    case 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED':
      return [
        'does not allow this user the transactional id',
        'Grant WRITE and DESCRIBE on transactional ids with the prefix of the group id, or use delivery at-least-once.',
      ];
  }
  return undefined;
}
