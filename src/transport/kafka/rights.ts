/** Which rights the service needs, and which of them this user lacks. */
import { TriageError } from '../../errors.ts';
import {
  type Authorized,
  type AuthorizedOperations,
  authorizedOperations,
  type Operation,
} from './authorized-operations.ts';
import type { KafkaConnection } from './client.ts';

export interface RightsNeeded {
  readonly input: string;
  readonly outputs: readonly string[];
  readonly groupId: string;
  /** What the ids of the transactions of exactly-once begin with, the partition's number after it; absent without. */
  readonly transactionalIdPrefix?: string | undefined;
}

export interface MissingRight {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  /** Of transactional ids, what they begin with. */
  readonly name: string;
  /** As kafka-acls.sh names them. */
  readonly operations: readonly string[];
}

/** Asks the brokers. `undefined`: they are too old to be asked. @throws {TriageError} when they cannot be reached. */
export async function rightsOf(
  connection: KafkaConnection,
  needed: RightsNeeded,
): Promise<AuthorizedOperations | undefined> {
  const { input, outputs, groupId, transactionalIdPrefix } = needed;
  const transactionalId = transactionalIdPrefix === undefined ? undefined : `${transactionalIdPrefix}0`;
  return authorizedOperations(connection, { topics: [input, ...outputs], groupId, transactionalId });
}

/** What is known to be missing. A topic that does not exist lacks nothing: who may create it may be given rights then. */
export function missingRights(needed: RightsNeeded, authorized: AuthorizedOperations): MissingRight[] {
  const missing: MissingRight[] = [];
  const look = (resource: MissingRight['resource'], name: string, wanted: readonly Operation[], has: Authorized) => {
    const lacks = has.known ? wanted.filter((operation) => !has.operations.has(operation)) : wanted;
    const isKnown = has.known || has.why === 'forbidden';
    if (isKnown && lacks.length > 0) missing.push({ resource, name, operations: lacks.map(capitalised) });
  };
  const topic = (name: string): Authorized => authorized.topics.get(name) ?? { known: false, why: 'missing' };
  look('topic', needed.input, ['read', 'describe'], topic(needed.input));
  for (const output of needed.outputs) look('topic', output, ['write', 'describe'], topic(output));
  look('group', needed.groupId, ['read', 'describe'], authorized.group);
  const { transactionalIdPrefix: prefix } = needed;
  if (prefix !== undefined && authorized.transactionalId === 'forbidden') {
    missing.push({ resource: 'transactional-id', name: prefix, operations: ['Write', 'Describe'] });
  }
  return missing;
}

/**
 * At the start, so that a missing right is not met in the middle of the stream. What brokers older than 2.3 do not tell is
 * met there.
 * @throws {TriageError} `access`, naming every missing right and how to grant it; `transport` when they cannot be reached.
 */
export async function checkRights(connection: KafkaConnection, needed: RightsNeeded): Promise<void> {
  const authorized = await rightsOf(connection, needed);
  const missing = authorized === undefined ? [] : missingRights(needed, authorized);
  if (missing.length === 0) return;
  const named = missing.map((right) => `${right.operations.join(' and ')} on ${resourceOf(right)}`);
  const commands = missing.map((right) => `  ${grantCommand(connection.brokers, right)}`);
  throw new TriageError(
    'access',
    `Kafka at ${connection.brokers.join(', ')} does not allow this user: ${named.join('; ')}. Grant it:\n${commands.join('\n')}`,
  );
}

/** For people: `topic x`, `transactional-id group-x-*`. */
export function resourceOf({ resource, name }: Pick<MissingRight, 'resource' | 'name'>): string {
  return resource === 'transactional-id' ? `${resource} ${name}*` : `${resource} ${name}`;
}

/** For whoever administers the cluster. */
export function grantCommand(brokers: readonly string[], { resource, name, operations }: MissingRight): string {
  const wanted = operations.map((operation) => `--operation ${operation}`).join(' ');
  const pattern = resource === 'transactional-id' ? ' --resource-pattern-type prefixed' : '';
  const user = '--add --allow-principal User:<name>';
  return `kafka-acls.sh --bootstrap-server ${brokers[0]} ${user} ${wanted} --${resource} ${name}${pattern}`;
}

function capitalised(operation: Operation): string {
  return operation.charAt(0).toUpperCase() + operation.slice(1);
}
