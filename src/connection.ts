/** How Kafka is reached, out of the settings: one object for all clients of a process. */
import type { Config } from './config.ts';
import type { SaslConfig, TlsConfig } from './config-security.ts';
import { TlsFiles } from './credentials/tls-files.ts';
import { secretReader } from './credentials/watched-file.ts';
import { checkTopics } from './transport/kafka/admin.ts';
import type { KafkaConnection } from './transport/kafka/client.ts';
import { fetchClientCredentialsToken } from './transport/kafka/client-credentials.ts';
import { Login, type LoginMethod } from './transport/kafka/login.ts';
import { fetchMskToken } from './transport/kafka/msk-token.ts';
import { transactionalIdOf } from './transport/kafka/partition-claim.ts';
import { passwordLogin } from './transport/kafka/password-login.ts';
import { checkRights, type RightsNeeded } from './transport/kafka/rights.ts';
import { TokenCache } from './transport/kafka/token-cache.ts';
import { tokenLogin } from './transport/kafka/token-login.ts';
import type { TransportLogger } from './transport/log.ts';

/** @throws {TriageError} `usage`, naming a file that cannot be read or holds something else than expected. */
export function kafkaConnection({ kafka }: Pick<Config, 'kafka'>, logger: TransportLogger): KafkaConnection {
  const { brokers, clientId, connectTimeoutMs, tls, sasl } = kafka;
  const method = loginMethod(sasl, logger);
  return {
    brokers,
    clientId,
    connectionTimeoutMs: connectTimeoutMs,
    logger,
    ...(tls.enabled ? { tls: tlsFiles(tls, logger) } : {}),
    ...(method === undefined ? {} : { login: new Login(method) }),
  };
}

/** What `triage run` has to be allowed with these settings. */
export function rightsNeeded({ kafka, topics, delivery }: Config): RightsNeeded {
  const { groupId } = kafka;
  const needed = { input: topics.input, outputs: [topics.output, topics.deadLetter], groupId };
  if (delivery === 'at-least-once') return needed;
  const first = transactionalIdOf(groupId, { topic: topics.input, partition: 0 });
  return { ...needed, transactionalIdPrefix: first.replace(/0$/, '') };
}

/** @throws {TriageError} when no broker answers, or a right or a topic that `triage run` needs is missing. */
export async function checkKafka(connection: KafkaConnection, config: Config): Promise<void> {
  await checkRights(connection, rightsNeeded(config));
  await checkTopics(connection, Object.values(config.topics));
}

const TLS_NAMES = {
  caFile: 'kafka.tls.caFile',
  certFile: 'kafka.tls.certFile',
  keyFile: 'kafka.tls.keyFile',
  keyPassphrase: 'kafka.tls.keyPassphrase',
} as const;

function tlsFiles(tls: TlsConfig, logger: TransportLogger): TlsFiles {
  const passphrase = { value: tls.keyPassphrase, file: tls.keyPassphraseFile };
  return new TlsFiles({
    names: TLS_NAMES,
    caFile: tls.caFile || undefined,
    certFile: tls.certFile || undefined,
    keyFile: tls.keyFile || undefined,
    serverName: tls.serverName || undefined,
    keyPassphrase: secretReader(passphrase, 'kafka.tls.keyPassphrase'),
    logger,
  });
}

const PASSWORD_MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

function loginMethod(sasl: SaslConfig, logger: TransportLogger): LoginMethod | undefined {
  switch (sasl.mechanism) {
    case 'off':
      return undefined;
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return passwordLogin({
        mechanism: PASSWORD_MECHANISMS[sasl.mechanism],
        username: secretReader({ value: sasl.username, file: sasl.usernameFile }, 'kafka.sasl.username'),
        password: secretReader({ value: sasl.password, file: sasl.passwordFile }, 'kafka.sasl.password'),
      });
    case 'oauthbearer':
      return oauthLogin(sasl, logger);
    case 'aws-msk-iam':
      return tokenLogin({
        tokens: new TokenCache(() => fetchMskToken(sasl.region, (name) => import(name)), logger),
        who: 'this AWS identity',
        remedy: 'Check kafka.sasl.region, and that the IAM policy allows kafka-cluster:Connect.',
      });
  }
}

function oauthLogin(sasl: SaslConfig, logger: TransportLogger): LoginMethod {
  const { tokenEndpoint, clientId, scope } = sasl;
  const secret = { value: sasl.clientSecret, file: sasl.clientSecretFile };
  const clientSecret = secretReader(secret, 'kafka.sasl.clientSecret');
  clientSecret();
  const fetchToken = () => fetchClientCredentialsToken({ tokenEndpoint, clientId, clientSecret, scope });
  return tokenLogin({
    tokens: new TokenCache(fetchToken, logger),
    who: `client "${clientId}"`,
    remedy:
      'Check that the brokers trust the tokens of kafka.sasl.tokenEndpoint (issuer, audience), and kafka.sasl.scope.',
    extensions: Object.fromEntries(sasl.extensions.map((each) => splitOnce(each))),
  });
}

function splitOnce(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
