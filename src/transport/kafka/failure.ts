/** Reads kafkajs' errors: what is the root of one, what follows from it, and which sentence tells a person. */

import { messageOf, TriageError } from '../../errors.ts';
import { accessExplanation, type Explanation, type KafkaFailure } from './access-failure.ts';
import { LoginError } from './login-error.ts';

/** Code of the socket's error: a connection was taken, and the first question on it not answered. */
export const SAYS_NOTHING = 'KAFKA_SAYS_NOTHING';

/** The innermost cause: kafkajs wraps an error once per layer of retries. */
export function rootOf(error: unknown): KafkaFailure {
  let current = error;
  for (let depth = 0; depth < 10; depth++) {
    const cause = (current as KafkaFailure | null | undefined)?.cause;
    if (cause === undefined || cause === null || cause === current) break;
    current = cause;
  }
  return typeof current === 'object' && current !== null ? current : { message: String(current) };
}

/** Waiting does not help with these: somebody has to change a permission, a setting or a version. */
const NEEDS_A_PERSON = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'INVALID_REQUIRED_ACKS',
  'INVALID_GROUP_ID',
  'INVALID_TRANSACTION_TIMEOUT',
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);

const NEEDS_A_PERSON_NAMES = new Set([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSServerDoesNotSupportApiKey',
  'KafkaJSNotImplemented',
]);

export function needsAPerson(error: unknown): boolean {
  const root = rootOf(error);
  if (root instanceof LoginError) return !root.mayPass;
  return NEEDS_A_PERSON.has(root.type ?? '') || NEEDS_A_PERSON_NAMES.has(root.name ?? '');
}

/** The partitions of this member are being handed out anew, or already were: its work must not go on for long. */
export function isGroupChange(error: unknown): boolean {
  return GROUP_CHANGES.has(rootOf(error).type ?? '');
}

/** Partitions are about to be handed out anew, but are still this member's until it joins again or its time is up. */
export function isRebalanceAnnounced(error: unknown): boolean {
  return rootOf(error).type === 'REBALANCE_IN_PROGRESS';
}

const GROUP_CHANGES = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
]);

/** The group's coordinator moves or loads its groups, as after a broker's start: it answers in a moment. */
export function isCoordinatorUnready(error: unknown): boolean {
  return COORDINATOR_UNREADY.has(rootOf(error).type ?? '');
}

const COORDINATOR_UNREADY = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** The group does not have the member: it has left, or its time was up. */
export function isUnknownMember(error: unknown): boolean {
  return rootOf(error).type === 'UNKNOWN_MEMBER_ID';
}

export function isTooLarge(error: unknown): boolean {
  const { type } = rootOf(error);
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
}

/** The broker does not take the timestamp: too far from its clock for the topic's message.timestamp.*.max.ms. */
export function isBadTimestamp(error: unknown): boolean {
  return rootOf(error).type === 'INVALID_TIMESTAMP';
}

/** As `leaderUnknown`: a leader is being chosen. */
export function isLeaderUnknown(error: unknown): boolean {
  return rootOf(error).type === 'LEADER_NOT_AVAILABLE';
}

/** As kafkajs says it elsewhere. */
export function leaderUnknown(topic: string, partition: number): Error {
  return Object.assign(new Error(`${topic}/${partition} has no leader now`), { type: 'LEADER_NOT_AVAILABLE' });
}

export function isUnknownTopic(error: unknown): boolean {
  return rootOf(error).type === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** This producer object will never succeed again (or cannot tell whether it did): a new one must take over. */
export function isProducerDead(error: unknown): boolean {
  const root = rootOf(error);
  return DEAD_PRODUCER.has(root.type ?? '') || /producer is disconnect/i.test(root.message ?? '');
}

const DEAD_PRODUCER = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]);

/** A transaction of the group is open or being ended, or the brokers have forgotten its end. */
export function isUnstableOffset(error: unknown): boolean {
  return rootOf(error).type === 'UNSTABLE_OFFSET_COMMIT';
}

/** The end of a transaction is being written to its partitions: over in a moment. */
export function isTransactionSettling(error: unknown): boolean {
  const { type } = rootOf(error);
  return type === 'CONCURRENT_TRANSACTIONS' || type === 'UNSTABLE_OFFSET_COMMIT';
}

/** The transaction has been ended by somebody else, or its producer was replaced: asking again does not help. */
export function isTransactionOver(error: unknown): boolean {
  return isProducerDead(error) || rootOf(error).type === 'INVALID_TXN_STATE';
}

export interface FailureContext {
  readonly brokers: readonly string[];
  /** What was being done, to follow "Cannot": "publish to topic x". */
  readonly doing: string;
  /** The topic that this is about, where there is one. */
  readonly topic?: string;
}

/** One sentence on what happened and one on how to mend it. A `TriageError` is handed back as it is. */
export function toTransportError(error: unknown, context: FailureContext): TriageError {
  if (error instanceof TriageError) return error;
  const root = rootOf(error);
  const at = `Kafka at ${context.brokers.join(', ')}`;
  const topic = context.topic ?? root.topic;
  const access = accessExplanation(root, topic);
  const [what, remedy] = access === undefined ? explain(root, at, topic) : [`${at} ${access[0]}`, access[1]];
  const kind = access === undefined ? 'transport' : 'access';
  const retriable = !needsAPerson(error) && !isTooLarge(error);
  return new TriageError(kind, `Cannot ${context.doing}: ${what}. ${remedy}`, { cause: error, retriable });
}

function explain(root: KafkaFailure, at: string, topic: string | undefined): Explanation {
  const message = root.message ?? '';
  switch (root.code) {
    case 'ECONNREFUSED':
      return [`${at} refused the connection`, 'Nothing listens there: start the broker or correct the address.'];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [`${at}: the host name is unknown (${message})`, 'Correct the address, or check DNS on this machine.'];
    case 'ECONNRESET':
    case 'EPIPE':
      return [`${at} cut the connection`, TLS_OR_SASL];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return [`${at} cannot be reached (${message})`, 'Check the address, the route and the firewall in between.'];
    case SAYS_NOTHING:
      return [
        `${at} accepts connections but does not answer as Kafka`,
        'Wrong port, or TLS expected (see kafka.brokers), or the broker hangs.',
      ];
  }
  switch (root.name) {
    case 'KafkaJSConnectionClosedError':
      return [`${at} closed the connection`, TLS_OR_SASL];
    case 'KafkaJSRequestTimeoutError':
      return [`${at} did not answer in time (${message})`, 'Check the load of the broker and the network in between.'];
  }
  if (message === 'Connection timeout') {
    return [`${at} did not answer the connection attempt`, 'Check the address, the route and the firewall in between.'];
  }
  switch (root.type) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return [
        topic === undefined ? `${at} has no such topic or partition` : `${at} has no topic ${topic}`,
        'Create the topics with `triage topics create`, or correct the name.',
      ];
    case 'INVALID_TOPIC_EXCEPTION':
      return [`${at} refuses the topic name${named(topic)}`, 'A name has 1 to 249 of the characters A-Z a-z 0-9 . _ -'];
    case 'INVALID_REPLICATION_FACTOR':
      return [
        `${at} has too few brokers for that replication factor`,
        'Ask for no more replicas than there are brokers.',
      ];
    case 'INVALID_TRANSACTION_TIMEOUT':
      return [
        `${at} does not allow a transaction timeout of 60 s`,
        'Raise transaction.max.timeout.ms of the brokers, or use delivery at-least-once.',
      ];
    case 'UNSTABLE_OFFSET_COMMIT':
      return [
        `${at}: another transaction holds the offset of the group`,
        'It goes on when that one ends; kafka-transactions.sh finds and aborts one that does not.',
      ];
    case 'CONCURRENT_TRANSACTIONS':
      return [`${at} is still ending the transaction before`, 'It goes on when all its partitions have a leader.'];
    case 'INVALID_PRODUCER_EPOCH':
    case 'PRODUCER_FENCED':
      return [
        `${at} has given the partition's transactions to another instance, or ended one for its timeout`,
        'It goes on by itself.',
      ];
    case 'INCONSISTENT_GROUP_PROTOCOL':
      return [`${at}: other members of the consumer group use another assignment protocol`, 'Use a group of its own.'];
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return [`${at} takes no record of this size`, "Raise the topic's max.message.bytes, or shorten the record."];
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
      return [
        `${at}: fewer replicas are in sync than min.insync.replicas demands`,
        'Bring the missing brokers back; writing goes on by itself then.',
      ];
  }
  return [`${at}: ${message}${root.type === undefined ? '' : ` (${root.type})`}`, 'See the broker log for the reason.'];
}

function named(topic: string | undefined): string {
  return topic === undefined ? '' : ` "${topic}"`;
}

const TLS_OR_SASL =
  'That happens while a broker restarts, and where it expects TLS or a login (kafka.tls, kafka.sasl).';

/** The part of `toTransportError` that says what happened, for logs of failures that are tried again. */
export function reasonOf(error: unknown, context: FailureContext): string {
  return messageOf(toTransportError(error, context));
}

/** A mistake in a program (ours or kafkajs') rather than trouble on the way. */
export function isUnexpected(error: unknown): boolean {
  return PROGRAMMING_ERRORS.has(rootOf(error).name ?? '');
}

/** Unexpected failures of one thing are tried again this often, then handed to the caller. */
export const UNEXPECTED_ATTEMPTS_MAX = 5;

const PROGRAMMING_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError']);
