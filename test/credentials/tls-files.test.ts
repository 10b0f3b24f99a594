import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TlsFiles } from '../../src/credentials/tls-files.ts';
import { createAuthority, issue } from '../local-kafka/certificates.ts';
import { RecordingLogger } from '../transport/recording-logger.ts';

const folder = mkdtempSync(join(tmpdir(), 'triage-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const authority = createAuthority('a');
const client = issue(authority, { name: 'client' });
const other = issue(authority, { name: 'other' });
const caFile = fileOf('ca.pem', authority.certificate);
const certFile = fileOf('cert.pem', client.certificate);
const keyFile = fileOf('key.pem', client.key);

const NAMES = {
  caFile: 'kafka.tls.caFile',
  certFile: 'kafka.tls.certFile',
  keyFile: 'kafka.tls.keyFile',
  keyPassphrase: 'kafka.tls.keyPassphrase',
};

function filesOf(options: Partial<ConstructorParameters<typeof TlsFiles>[0]>) {
  const logger = new RecordingLogger();
  return { logger, open: () => new TlsFiles({ names: NAMES, logger, ...options }) };
}

test('the context is made once, and anew when a file has changed', () => {
  const path = fileOf('changing.pem', authority.certificate);
  const { open, logger } = filesOf({ caFile: path });
  const files = open();
  const first = files.context();
  expect(files.context()).toBe(first);
  writeFileSync(path, authority.certificate + createAuthority('b').certificate);
  expect(files.context()).not.toBe(first);
  expect(logger.at('info')).toMatchObject([{ fields: { files: [path] } }]);
});

test('files that are gone or broken later leave the ones before in use, and that is said once', () => {
  const path = fileOf('vanishing.pem', authority.certificate);
  const { open, logger } = filesOf({ caFile: path });
  const files = open();
  const first = files.context();
  unlinkSync(path);
  expect([files.context(), files.context()]).toEqual([first, first]);
  writeFileSync(path, 'no certificate');
  expect(files.context()).toBe(first);
  expect(logger.at('warn').map(({ fields }) => fields.reason)).toEqual([
    expect.stringContaining('cannot be read'),
    expect.stringContaining('holds no certificate'),
  ]);
});

test('an encrypted key is opened with its passphrase', () => {
  const encrypted = createPrivateKey(client.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
    .toString();
  const options = { certFile, keyFile: fileOf('encrypted.pem', encrypted) };
  filesOf({ ...options, keyPassphrase: () => 'open sesame' })
    .open()
    .context();
  for (const keyPassphrase of [() => 'wrong', () => '']) {
    expect(filesOf({ ...options, keyPassphrase }).open).toThrow(
      /kafka\.tls\.keyFile: .*correct kafka\.tls\.keyPassphrase/,
    );
  }
});

test.each<[name: string, options: Parameters<typeof filesOf>[0], message: RegExp]>([
  ['a file that is not there', { caFile: '/no/such' }, /kafka\.tls\.caFile: \/no\/such cannot be read: ENOENT/],
  ['a file without certificate', { caFile: keyFile }, /kafka\.tls\.caFile: .*key\.pem holds no certificate in PEM/],
  [
    'a damaged certificate',
    { caFile: fileOf('damaged.pem', authority.certificate.split('\n').toSpliced(2, 1).join('\n')) },
    /damaged\.pem holds a certificate that cannot be read/,
  ],
  ['a key that is none', { certFile, keyFile: caFile }, /ca\.pem cannot be used with .*expected a private key in PEM/],
  [
    'the key of another certificate',
    { certFile, keyFile: fileOf('other.pem', other.key) },
    /other\.pem cannot be used with .*cert\.pem: .*not that of the certificate/,
  ],
])('%s is refused at the start', (_name, options, message) => {
  expect(filesOf(options).open).toThrow(
    expect.objectContaining({ kind: 'usage', message: expect.stringMatching(message) }),
  );
});

test('tells whose certificates are in use and how long they are good for', () => {
  const { open } = filesOf({ caFile, certFile, keyFile });
  expect(open().certificates()).toEqual([
    { role: 'authority', file: caFile, subject: 'CN=a', notAfter: expect.any(Date) },
    { role: 'own', file: certFile, subject: 'CN=client', notAfter: expect.any(Date) },
  ]);
});

test('of a file with several certificates, the one that ends first counts', () => {
  const [long, short] = [
    issue(authority, { name: 'long', days: [-1, 90] }),
    issue(authority, { name: 'short', days: [-1, 5] }),
  ];
  const bundle = fileOf('bundle.pem', authority.certificate + short.certificate + long.certificate);
  const [first, ...others] = filesOf({ caFile: bundle }).open().certificates();
  expect(others).toEqual([]);
  expect(first).toMatchObject({ subject: 'CN=short', file: bundle });
  expect(first!.notAfter).toEqual(new Date(new X509Certificate(short.certificate).validTo));
});

test('the certificates told are those in use: a new one without its key is not', () => {
  const paths = { certFile: fileOf('own.pem', client.certificate), keyFile: fileOf('own-key.pem', client.key) };
  const files = filesOf(paths).open();
  const subjects = () => files.certificates().map(({ subject }) => subject);
  writeFileSync(paths.certFile, other.certificate);
  expect(subjects()).toEqual(['CN=client']);
  writeFileSync(paths.keyFile, other.key);
  expect(subjects()).toEqual(['CN=other']);
});

test('a certificate whose end is no time counts as ended, as it does for TLS', () => {
  const bytes = Buffer.from(authority.certificate.replace(/-----.*-----|\n/g, ''), 'base64');
  const utcTime = Buffer.from([0x17, 13]);
  const end = bytes.indexOf(utcTime, bytes.indexOf(utcTime) + 1);
  bytes.write('991399999999Z', end + 2, 'latin1');
  const pem = `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const files = filesOf({ caFile: fileOf('no-time.pem', authority.certificate + pem) }).open();
  expect(files.certificates()).toMatchObject([{ notAfter: new Date(0) }]);
});
