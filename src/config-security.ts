/**
 * The settings of TLS and of the login at Kafka: a part of the schema in config.ts. An empty text means: not set. What is
 * secret has a sibling `...File`, whose environment name is that of the secret with `_FILE`; secrets have no flag.
 */
import { z } from 'zod';

const optional = z.string().max(4_096).default('');
const secret = optional.meta({ secret: true });

export const SASL_MECHANISMS = [
  'off',
  'plain',
  'scram-sha-256',
  'scram-sha-512',
  'oauthbearer',
  'aws-msk-iam',
] as const;

export const tlsSchema = z.strictObject({
  enabled: z.boolean().default(false).describe('Speak TLS with the brokers.'),
  caFile: optional.describe('Certificate authorities to trust, PEM. Not set: those that come with Node.'),
  certFile: optional.describe('Client certificate with its chain, PEM, for brokers that ask for one.'),
  keyFile: optional.describe('Private key of the client certificate, PEM.'),
  keyPassphrase: secret.describe('Passphrase of the private key.'),
  keyPassphraseFile: optional.describe('File with the passphrase of the private key.'),
  serverName: optional.describe(
    'Name that the brokers’ certificates must have. Not set: the host name by which each is reached.',
  ),
});

export const saslSchema = z.strictObject({
  mechanism: z
    .enum(SASL_MECHANISMS)
    .default('off')
    .describe('How to log in at the brokers; aws-msk-iam needs the package aws-msk-iam-sasl-signer-js.'),
  username: optional.describe('For plain and scram.'),
  usernameFile: optional.describe('File with the user name, read again when it changes.'),
  password: secret.describe('For plain and scram.'),
  passwordFile: optional.describe('File with the password, read again when it changes.'),
  tokenEndpoint: z
    .string()
    .regex(/^(https?:\/\/[^\s/]\S*)?$/, 'expected an address that begins with https://')
    .default('')
    .describe('For oauthbearer: where an access token is had for client id and secret (OAuth 2.0 client credentials).'),
  clientId: optional.describe('For oauthbearer.'),
  clientSecret: secret.describe('For oauthbearer.'),
  clientSecretFile: optional.describe('File with the client secret, read again when it changes.'),
  scope: optional.describe('For oauthbearer: scopes to ask for, separated by blanks.'),
  extensions: z
    .array(z.string().regex(/^[A-Za-z]+=[\x20-\x7e\t]+$/, 'expected "name=value", such as "logicalCluster=lkc-1"'))
    .default([])
    .describe('For oauthbearer: SASL extensions that the brokers ask for, each name=value, comma separated.'),
  region: optional.describe('For aws-msk-iam: AWS region of the cluster, such as eu-west-1.'),
});

export type TlsConfig = z.infer<typeof tlsSchema>;
export type SaslConfig = z.infer<typeof saslSchema>;

interface Found {
  readonly path: readonly string[];
  readonly message: string;
}

/** What does not fit together, with the path below `kafka`. */
export function securityProblems({ tls, sasl }: { tls: TlsConfig; sasl: SaslConfig }): Found[] {
  return [...tlsProblems(tls), ...saslProblems(sasl), ...(sasl.mechanism === 'aws-msk-iam' ? needsTls(tls) : [])];
}

function needsTls({ enabled }: TlsConfig): Found[] {
  if (enabled) return [];
  return [{ path: ['tls', 'enabled'], message: 'expected true, since kafka.sasl.mechanism is aws-msk-iam' }];
}

function tlsProblems(tls: TlsConfig): Found[] {
  const found: Found[] = [];
  const { enabled, ...others } = tls;
  for (const [name, value] of Object.entries(others)) {
    if (!enabled && value !== '') {
      found.push({ path: ['tls', name], message: 'expected to be unset while kafka.tls.enabled is false' });
    }
  }
  if (enabled && (tls.certFile === '') !== (tls.keyFile === '')) {
    const missing = tls.certFile === '' ? 'certFile' : 'keyFile';
    found.push({ path: ['tls', missing], message: 'expected kafka.tls.certFile and kafka.tls.keyFile together' });
  }
  return [...found, ...onlyOne('tls', 'keyPassphrase', tls)];
}

type SaslName = Exclude<keyof SaslConfig, 'mechanism'>;

const PASSWORD: readonly SaslName[] = ['username', 'usernameFile', 'password', 'passwordFile'];
const OAUTH: readonly SaslName[] = [
  'tokenEndpoint',
  'clientId',
  'clientSecret',
  'clientSecretFile',
  'scope',
  'extensions',
];

const CONCERNED: Readonly<Record<SaslConfig['mechanism'], readonly SaslName[]>> = {
  off: [],
  plain: PASSWORD,
  'scram-sha-256': PASSWORD,
  'scram-sha-512': PASSWORD,
  oauthbearer: OAUTH,
  'aws-msk-iam': ['region'],
};

const OPTIONAL: readonly SaslName[] = ['scope', 'extensions'];

function saslProblems(sasl: SaslConfig): Found[] {
  const { mechanism, ...others } = sasl;
  const concerned = CONCERNED[mechanism];
  const found: Found[] = [];
  for (const name of Object.keys(others) as SaslName[]) {
    const isSet = sasl[name].length > 0;
    if (!concerned.includes(name)) {
      const message = `expected to be unset while kafka.sasl.mechanism is ${mechanism}`;
      if (isSet) found.push({ path: ['sasl', name], message });
    } else if (!isSet && !name.endsWith('File') && !OPTIONAL.includes(name)) {
      const file = `${name}File`;
      if (file in sasl && sasl[file as SaslName].length > 0) continue;
      const also = file in sasl ? ` (or kafka.sasl.${file})` : '';
      found.push({ path: ['sasl', name], message: `expected to be set${also} for mechanism ${mechanism}` });
    }
  }
  for (const name of concerned) if (`${name}File` in sasl) found.push(...onlyOne('sasl', name, sasl));
  return found;
}

function onlyOne(section: string, name: string, values: Readonly<Record<string, unknown>>): Found[] {
  const file = `${name}File`;
  if (values[name] === '' || values[file] === '') return [];
  const message = `expected only one of kafka.${section}.${name} and kafka.${section}.${file}`;
  return [{ path: [section, file], message }];
}
