/** `triage doctor`: looks at everything that `triage run` needs, and changes nothing. */
import type { Config } from '../config.ts';
import { kafkaConnection, rightsNeeded } from '../connection.ts';
import { messageOf, TriageError } from '../errors.ts';
import type { KafkaConnection } from '../transport/kafka/client.ts';
import { type BrokerFacts, Inspection, type TopicFacts } from '../transport/kafka/inspection.ts';
import { grantCommand, type MissingRight, missingRights, resourceOf, rightsOf } from '../transport/kafka/rights.ts';
import type { TransportLogger } from '../transport/log.ts';
import { type Check, counted, ok, problem, unknown } from './check.ts';
import { checkClock, checkGroup } from './group-checks.ts';
import { checkCatalogFolder, checkHttp } from './machine-checks.ts';
import { checkRegistry } from './registry-checks.ts';
import { checkCertificates, checkLogin } from './security-checks.ts';
import { checkTopic, missingTopic, type Role } from './topic-checks.ts';

export interface DoctorOptions {
  readonly config: Config;
  readonly logger: TransportLogger;
  /** As `process.versions.node`. */
  readonly nodeVersion: string;
  readonly nowMs: () => number;
}

/** Milliseconds: clocks that are kept by NTP differ by far less. */
const CLOCK_AHEAD_MS = 60_000;

/** In the order in which things depend on each other. */
export async function examine({ config, logger, nodeVersion, nowMs }: DoctorOptions): Promise<Check[]> {
  return [
    // The command line has refused older ones.
    ok('node', nodeVersion),
    checkCatalogFolder(config.catalog.folder),
    ...(await checkHttp(config.http, nowMs())),
    checkLogin(config.kafka),
    ...(await checkKafka(config, logger, nowMs)),
    ...(await checkRegistry(config, logger, nowMs)),
  ];
}

async function checkKafka(config: Config, logger: TransportLogger, nowMs: () => number): Promise<Check[]> {
  const checks: Check[] = [];
  let inspection: Inspection | undefined;
  try {
    const connection = kafkaConnection(config, logger);
    checks.push(...checkCertificates(connection.tls?.certificates() ?? [], nowMs()));
    inspection = new Inspection(connection);
    await inspection.connect();
    return [...checks, ...(await checkCluster(config, connection, inspection, nowMs))];
  } catch (error) {
    if (!(error instanceof TriageError)) throw error;
    return [
      ...checks,
      problem('kafka', {
        found: messageOf(error),
        consequence: 'triage run does not start. Rights, topics and group could not be looked at.',
        mend: 'Correct this first, then ask again.',
      }),
    ];
  } finally {
    inspection?.close();
  }
}

async function checkCluster(
  config: Config,
  connection: KafkaConnection,
  inspection: Inspection,
  nowMs: () => number,
): Promise<Check[]> {
  const { topics, kafka } = config;
  const brokers = await inspection.brokers();
  const { missing, checks: allowed } = await checkAllowed(config, connection);
  const checks = [...checkBrokers(brokers), ...allowed];
  const isHidden = (name: string) =>
    missing.some((right) => right.name === name && right.operations.includes('Describe'));
  const facts = new Map<Role, TopicFacts>();
  for (const role of ['input', 'output', 'deadLetter'] as const) {
    if (isHidden(topics[role])) {
      checks.push(unknown(`topic ${topics[role]}`, HIDDEN));
      continue;
    }
    const found = await topicFacts(inspection, topics[role]);
    if (found === undefined) checks.push(missingTopic(topics[role], role, config));
    else if ('status' in found) checks.push(found);
    else {
      facts.set(role, found);
      checks.push(...checkTopic(found, role, config, brokers.length));
    }
  }
  const { groupId } = kafka;
  const group = isHidden(groupId) ? { unreadable: HIDDEN } : await inspection.group(groupId, topics.input);
  checks.push(...checkGroup(kafka, group, facts.get('input')));
  if (facts.has('input')) {
    checks.push(checkClock(await inspection.partitionsAfter(topics.input, nowMs() + CLOCK_AHEAD_MS), CLOCK_AHEAD_MS));
  }
  return checks;
}

const HIDDEN = 'this user may not describe it';

async function topicFacts(inspection: Inspection, topic: string): Promise<TopicFacts | Check | undefined> {
  try {
    return await inspection.topic(topic);
  } catch (error) {
    return unknown(`topic ${topic}`, messageOf(error));
  }
}

function checkBrokers(brokers: readonly BrokerFacts[]): Check[] {
  const away = brokers.filter(({ trouble }) => trouble !== undefined);
  if (away.length === 0) {
    return [ok('kafka', `${counted(brokers.length, 'broker')}: ${brokers.map(({ address }) => address).join(', ')}`)];
  }
  return away.map(({ nodeId, address, trouble }) =>
    problem('kafka', {
      found: `broker ${nodeId} tells clients to come to ${address}: ${trouble}`,
      consequence: 'Partitions that it leads can be neither read nor written; triage waits for them.',
      mend: 'Correct advertised.listeners of the broker, DNS or the firewall; or start the broker.',
    }),
  );
}

interface Allowed {
  readonly missing: readonly MissingRight[];
  readonly checks: readonly Check[];
}

async function checkAllowed(config: Config, connection: KafkaConnection): Promise<Allowed> {
  const needed = rightsNeeded(config);
  const authorized = await rightsOf(connection, needed);
  if (authorized === undefined) {
    return { missing: [], checks: [unknown('rights', 'the brokers are older than 2.3 and cannot be asked')] };
  }
  const missing = missingRights(needed, authorized);
  const checks = missing.map((right) =>
    problem(`rights on ${resourceOf(right)}`, {
      found: `this user may not ${right.operations.join(' and ')}`,
      consequence: 'triage run does not start.',
      mend: `Grant it: ${grantCommand(config.kafka.brokers, right)}`,
    }),
  );
  if (checks.length === 0) {
    checks.push(ok('rights', 'read the input topic, write the output topics, join the group'));
  }
  const { transactionalIdPrefix: prefix } = needed;
  if (prefix === undefined || missing.some(({ resource }) => resource === 'transactional-id')) {
    return { missing, checks };
  }
  const id = `rights on ${resourceOf({ resource: 'transactional-id', name: prefix })}`;
  checks.push(unknown(id, 'Describe is granted; whether Write is shows with the first transaction'));
  return { missing, checks };
}
