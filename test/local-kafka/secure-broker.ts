/** A real broker with TLS, logins and access control lists, for the tests of those. It needs nothing but Java. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { TriageError } from '../../src/errors.ts';
import { type Broker, type BrokerOptions, startBroker } from '../../src/local-kafka/broker.ts';
import { findKafkaRuntime } from '../../src/local-kafka/launch.ts';
import { freePort } from '../../src/local-kafka/ports.ts';
import { type Certificate, createAuthority, issue } from './certificates.ts';
import { kafkaAt } from './support.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** What listens on 127.0.0.1; all certificates but `elsewhere`'s are for it. */
const LISTENERS = {
  /** No TLS, no login, every right: for the tests themselves. */
  clear: 'PLAINTEXT',
  /** TLS and a login with any mechanism. */
  login: 'SASL_SSL',
  /** The same, and the broker ends a session that does not log in again within `SESSION_MS`. */
  sessions: 'SASL_SSL',
  /** No TLS, but a login. */
  loginOnly: 'SASL_PLAINTEXT',
  /** TLS with a client certificate. */
  mutual: 'SSL',
  /** Shows a certificate that has expired. */
  expired: 'SSL',
  /** Shows a certificate for kafka.example.com. */
  elsewhere: 'SSL',
} as const;

export type ListenerName = keyof typeof LISTENERS;

export const SESSION_MS = 5_000;

/** Name -> password, for SCRAM-SHA-512, SCRAM-SHA-256 and PLAIN alike. */
export const USERS = { service: 'service-secret', reader: 'reader-secret', nobody: 'nobody-secret' } as const;

export interface SecureBroker {
  /** `127.0.0.1:port` of each listener. */
  readonly at: Readonly<Record<ListenerName, string>>;
  readonly files: Readonly<Record<FileName, string>>;
  /** Grants a user (or what the name of another principal is) operations on a resource. */
  grant(user: string, ...grants: readonly Grant[]): Promise<void>;
  stop(): Promise<void>;
}

/** PEM files. */
type FileName = 'authority' | 'otherAuthority' | 'clientCertificate' | 'clientKey' | 'otherCertificate' | 'otherKey';

export interface Grant {
  readonly on: 'topic' | 'group' | 'cluster' | 'transactionalId';
  readonly name: string;
  readonly operations: readonly (keyof typeof AclOperationTypes)[];
}

const RESOURCES = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  cluster: AclResourceTypes.CLUSTER,
  transactionalId: AclResourceTypes.TRANSACTIONAL_ID,
} as const;

/** Ports are free when they are picked, not reserved. */
const START_TRIES = 3;

export async function startSecureBroker(): Promise<SecureBroker> {
  const { java, jars, archiveFile } = await findKafkaRuntime({ env: process.env, log: () => undefined });
  const folder = await mkdtemp(join(tmpdir(), 'connector-triage-secure-'));
  const security = await writeSecurity(folder);
  for (let tries = 1; ; tries++) {
    const ports = await Promise.all(Object.keys(LISTENERS).map(freePort));
    const at = Object.fromEntries(
      Object.keys(LISTENERS).map((name, i) => [name, `127.0.0.1:${ports[i]}`]),
    ) as SecureBroker['at'];
    const options = { java, jars, archiveFile, env: process.env, port: ports[0]!, controllerPort: await freePort() };
    try {
      const broker = await startBroker({ ...options, ...brokerOptions(at, options.controllerPort, security) });
      return secureBroker(broker, at, security.files, folder);
    } catch (error) {
      if (tries < START_TRIES && error instanceof TriageError && error.retriable) continue;
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

function secureBroker(
  broker: Broker,
  at: SecureBroker['at'],
  files: SecureBroker['files'],
  folder: string,
): SecureBroker {
  return {
    at,
    files,
    grant: async (user, ...grants) => {
      const admin = kafkaAt([at.clear]).admin();
      await admin.connect();
      const acl = grants.flatMap(({ on, name, operations }) =>
        operations.map((operation) => ({
          resourceType: RESOURCES[on],
          resourceName: name,
          resourcePatternType: ResourcePatternTypes.LITERAL,
          principal: `User:${user}`,
          host: '*',
          operation: AclOperationTypes[operation],
          permissionType: AclPermissionTypes.ALLOW,
        })),
      );
      await admin.createAcls({ acl });
      await admin.disconnect();
    },
    stop: async () => {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Security {
  readonly files: SecureBroker['files'];
  readonly authority: string;
  readonly certificates: Readonly<Record<'good' | 'expired' | 'elsewhere', Certificate>>;
}

async function writeSecurity(folder: string): Promise<Security> {
  const authority = createAuthority('connector-triage test authority');
  const other = createAuthority('another authority');
  const hosts = ['127.0.0.1', 'localhost'];
  const client = issue(authority, { name: 'client' });
  const stranger = issue(other, { name: 'stranger' });
  const files = {
    authority: authority.certificate,
    otherAuthority: other.certificate,
    clientCertificate: client.certificate,
    clientKey: client.key,
    otherCertificate: stranger.certificate,
    otherKey: stranger.key,
  };
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, `${name}.pem`)]));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(paths[name]!, text)));
  return {
    files: paths as Record<FileName, string>,
    authority: authority.certificate,
    certificates: {
      good: issue(authority, { name: 'broker', hosts }),
      expired: issue(authority, { name: 'broker', hosts, days: [-30, -1] }),
      elsewhere: issue(authority, { name: 'broker', hosts: ['kafka.example.com'] }),
    },
  };
}

function brokerOptions(
  at: SecureBroker['at'],
  controllerPort: number,
  { authority, certificates }: Security,
): Pick<BrokerOptions, 'brokerConfig' | 'formatArguments'> {
  const names = Object.keys(LISTENERS) as ListenerName[];
  const addresses = names.map((name) => `${name.toUpperCase()}://${at[name]}`);
  const protocols = names.map((name) => `${name.toUpperCase()}:${LISTENERS[name]}`);
  const certificateOf: Partial<Record<ListenerName, Certificate>> = {
    login: certificates.good,
    sessions: certificates.good,
    mutual: certificates.good,
    expired: certificates.expired,
    elsewhere: certificates.elsewhere,
  };
  const tls = Object.entries(certificateOf).flatMap(([name, { certificate, key }]) => [
    [`listener.name.${name}.ssl.keystore.type`, 'PEM'],
    [`listener.name.${name}.ssl.keystore.certificate.chain`, certificate],
    [`listener.name.${name}.ssl.keystore.key`, key],
    [`listener.name.${name}.ssl.truststore.type`, 'PEM'],
    [`listener.name.${name}.ssl.truststore.certificates`, authority],
  ]);
  const logins = names
    .filter((name) => LISTENERS[name].startsWith('SASL'))
    .flatMap((name) => loginsAt(`listener.name.${name.toLowerCase()}`));
  return {
    brokerConfig: {
      listeners: [...addresses, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
      'advertised.listeners': addresses.join(','),
      'listener.security.protocol.map': [...protocols, 'CONTROLLER:PLAINTEXT'].join(','),
      'inter.broker.listener.name': 'CLEAR',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.sessions.scram-sha-512.connections.max.reauth.ms': String(SESSION_MS),
      'listener.name.sessions.oauthbearer.connections.max.reauth.ms': String(SESSION_MS),
      ...Object.fromEntries([...tls, ...logins]),
    },
    formatArguments: ['SCRAM-SHA-512', 'SCRAM-SHA-256'].flatMap((mechanism) =>
      Object.entries(USERS).flatMap(([name, password]) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    ),
  };
}

/** Any unsigned token is good for OAUTHBEARER: who issues and who signs is not what is tested. */
function loginsAt(prefix: string): [string, string][] {
  const security = 'org.apache.kafka.common.security';
  const users = Object.entries(USERS).map(([name, password]) => `user_${name}="${password}"`);
  return [
    [`${prefix}.sasl.enabled.mechanisms`, 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER'],
    [`${prefix}.scram-sha-512.sasl.jaas.config`, `${security}.scram.ScramLoginModule required;`],
    [`${prefix}.scram-sha-256.sasl.jaas.config`, `${security}.scram.ScramLoginModule required;`],
    [`${prefix}.plain.sasl.jaas.config`, `${security}.plain.PlainLoginModule required ${users.join(' ')};`],
    [
      `${prefix}.oauthbearer.sasl.jaas.config`,
      `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    ],
  ];
}
