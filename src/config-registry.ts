/**
 * The settings of the schema registry: a part of the schema in config.ts. An empty text means: not set. What is secret has a
 * sibling `...File`, whose environment name is that of the secret with `_FILE`; secrets have no flag.
 */
import { z } from 'zod';

const optional = z.string().max(4_096).default('');
const secret = optional.meta({ secret: true });

/** The scheme of the address decides whether TLS is spoken. */
const registryTlsSchema = z.strictObject({
  caFile: optional.describe('Certificate authorities to trust, PEM. Not set: those that come with Node.'),
  certFile: optional.describe('Client certificate with its chain, PEM, for a registry that asks for one.'),
  keyFile: optional.describe('Private key of the client certificate, PEM.'),
  keyPassphrase: secret.describe('Passphrase of the private key.'),
  keyPassphraseFile: optional.describe('File with the passphrase of the private key.'),
  serverName: optional.describe('Name that the certificate must have. Not set: the host of registry.url.'),
});

export const registrySchema = z.strictObject({
  url: z
    .string()
    .max(2_048)
    .regex(
      /^(https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?)?$/,
      'expected an address such as "https://registry:8081", without a login in it',
    )
    .default('')
    .describe(
      'Schema registry with the API of Confluent, for Avro. Not set: records in Avro are dead-lettered. Apicurio: with /apis/ccompat/v7.',
    ),
  username: optional.describe('For HTTP Basic.'),
  usernameFile: optional.describe('File with the user name, read again when it changes.'),
  password: secret.describe('For HTTP Basic.'),
  passwordFile: optional.describe('File with the password, read again when it changes.'),
  token: secret.describe('Bearer token, in place of user name and password.'),
  tokenFile: optional.describe('File with the bearer token, read again when it changes.'),
  tls: registryTlsSchema.prefault({}),
  autoRegister: z
    .boolean()
    .default(false)
    .describe('Register the schema of resolution events at the start when the registry does not have it.'),
  subject: z
    .enum(['topic', 'record'])
    .default('topic')
    .describe('Subject of the schema of resolution events: topics.output with "-value", or the name of the record.'),
  cacheSize: z
    .int()
    .min(1)
    .max(100_000)
    .default(1_000)
    .describe('Schemas kept in memory; the ones not used for longest go first.'),
});

export type RegistryConfig = z.infer<typeof registrySchema>;

interface Found {
  readonly path: readonly string[];
  readonly message: string;
}

/** What does not fit together, with the path below `registry`. */
export function registryProblems({ url, tls, ...others }: RegistryConfig): Found[] {
  const found: Found[] = [];
  const login = LOGIN.filter((name) => others[name] !== '');
  if (url === '') {
    const set = [...login.map((name) => [name]), ...setNames(tls).map((name) => ['tls', name])];
    return [
      ...set.map((path) => ({ path, message: 'expected to be unset while registry.url is not set' })),
      ...(others.autoRegister
        ? [{ path: ['autoRegister'], message: 'expected false while registry.url is not set' }]
        : []),
    ];
  }
  if (!url.startsWith('https:')) {
    for (const name of setNames(tls)) {
      found.push({ path: ['tls', name], message: 'expected to be unset while registry.url begins with http://' });
    }
  }
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    const missing = tls.certFile === '' ? 'certFile' : 'keyFile';
    found.push({ path: ['tls', missing], message: 'expected registry.tls.certFile and registry.tls.keyFile together' });
  }
  found.push(...onlyOne(['tls'], 'keyPassphrase', tls));
  for (const name of ['username', 'password', 'token']) found.push(...onlyOne([], name, others));
  const hasToken = login.some((name) => name.startsWith('token'));
  const hasUser = login.some((name) => name.startsWith('username'));
  const hasPassword = login.some((name) => name.startsWith('password'));
  if (hasToken && (hasUser || hasPassword)) {
    found.push({ path: ['token'], message: 'expected either a token or user name and password' });
  } else if (hasUser !== hasPassword) {
    const missing = hasUser ? 'password' : 'username';
    const message = `expected registry.username and registry.password together (or registry.${missing}File)`;
    found.push({ path: [missing], message });
  }
  return found;
}

const LOGIN = ['username', 'usernameFile', 'password', 'passwordFile', 'token', 'tokenFile'] as const;

function setNames(section: Readonly<Record<string, string>>): string[] {
  return Object.keys(section).filter((name) => section[name] !== '');
}

function onlyOne(section: readonly string[], name: string, values: Readonly<Record<string, unknown>>): Found[] {
  const file = `${name}File`;
  if (values[name] === '' || values[file] === '') return [];
  const prefix = ['registry', ...section].join('.');
  return [{ path: [...section, file], message: `expected only one of ${prefix}.${name} and ${prefix}.${file}` }];
}
