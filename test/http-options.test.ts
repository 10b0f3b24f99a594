import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configWith } from '../src/config.ts';
import { loadConfig } from '../src/config-sources.ts';
import { httpOptions } from '../src/http-options.ts';
import { createAuthority, issue } from './local-kafka/certificates.ts';
import { RecordingLogger } from './transport/recording-logger.ts';

const TOKEN = 'a-token-for-this-test';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'triage-http-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function optionsOf(http: object) {
  const logger = new RecordingLogger();
  return { logger, options: httpOptions(configWith({ http }).http, logger) };
}

describe('the settings of HTTP', () => {
  it.each<[name: string, env: Readonly<Record<string, string>>, message: RegExp]>([
    [
      'another address without sign-in',
      { TRIAGE_HTTP_HOST: '0.0.0.0' },
      /http\.host \(from environment TRIAGE_HTTP_HOST\): expected 127\.0\.0\.1, ::1 or localhost .*TRIAGE_HTTP_TOKEN_FILE.*; found "0\.0\.0\.0"/,
    ],
    [
      'a name that may be anywhere',
      { TRIAGE_HTTP_HOST: 'localhost.example' },
      /http\.host .*found "localhost\.example"/,
    ],
    ['a short token', { TRIAGE_HTTP_TOKEN: 'short' }, /http\.token .*expected 16 to 512 .*; found \(hidden\)/],
    ['a token with a blank', { TRIAGE_HTTP_TOKEN: `${TOKEN} x` }, /http\.token .*expected 16 to 512/],
    [
      'two tokens',
      { TRIAGE_HTTP_TOKEN: TOKEN, TRIAGE_HTTP_TOKEN_FILE: '/f' },
      /expected only one of http\.token and http\.tokenFile/,
    ],
    ['a certificate alone', { TRIAGE_HTTP_TLS_CERT_FILE: '/f' }, /http\.tls\.keyFile .*together/],
    [
      'client certificates without TLS',
      { TRIAGE_HTTP_TLS_CLIENT_CA_FILE: '/f', TRIAGE_HTTP_HOST: '::' },
      /http\.tls\.clientCaFile .*expected http\.tls\.certFile and http\.tls\.keyFile/,
    ],
  ])('refuse %s', (_name, env, message) => {
    const load = () => loadConfig({ flags: {}, env, file: undefined });
    expect(load).toThrow(expect.objectContaining({ kind: 'usage', message: expect.stringMatching(message) }));
    expect(load).not.toThrow(TOKEN);
  });

  it.each<[name: string, http: object]>([
    ['this machine alone', {}],
    ['its other addresses', { host: '127.0.0.9' }],
    ['IPv6', { host: '::1' }],
    ['another address with a token', { host: '0.0.0.0', token: TOKEN }],
    ['another address with a token in a file', { host: '::', tokenFile: '/f' }],
    [
      'another address with client certificates',
      { host: 'triage.example', tls: { certFile: '/c', keyFile: '/k', clientCaFile: '/a' } },
    ],
  ])('allow %s', (_name, http) => {
    expect(configWith({ http }).http).toMatchObject(http);
  });
});

describe('httpOptions', () => {
  it('ask for a sign-in only where one is set', () => {
    expect(optionsOf({}).options.signIn).toEqual({ token: undefined, clientCertificates: false });
    expect(optionsOf({ token: TOKEN }).options.signIn.token?.()).toBe(TOKEN);
  });

  it('warn when the token goes over the network in the clear', () => {
    expect(optionsOf({ host: '0.0.0.0', token: TOKEN }).logger.at('warn')).toMatchObject([
      { fields: { event: 'http-not-encrypted' } },
    ]);
    expect(optionsOf({ token: TOKEN }).logger.lines).toEqual([]);
  });

  it('read a changed token file, and keep the token before while it cannot be used', () => {
    const tokenFile = join(folder(), 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`);
    const { options, logger } = optionsOf({ tokenFile });
    const token = options.signIn.token!;
    expect(token()).toBe(TOKEN);
    writeFileSync(tokenFile, 'short');
    expect([token(), token()]).toEqual([TOKEN, TOKEN]);
    unlinkSync(tokenFile);
    expect(token()).toBe(TOKEN);
    expect(logger.at('warn').map(({ fields }) => fields.reason)).toEqual([
      expect.stringMatching(/http\.tokenFile has 5 characters; expected 16 to 512/),
      expect.stringContaining('cannot be read'),
    ]);
    writeFileSync(tokenFile, 'the-next-token-here');
    expect(token()).toBe('the-next-token-here');
  });

  it('refuse a token file that is empty, or not there', () => {
    const tokenFile = join(folder(), 'token');
    expect(() => optionsOf({ tokenFile })).toThrow(/http\.tokenFile: .* cannot be read/);
    writeFileSync(tokenFile, '\n');
    expect(() => optionsOf({ tokenFile })).toThrow(/http\.tokenFile: .* is empty/);
  });

  it('take certificate and key, and say which file cannot be used', () => {
    const path = folder();
    const { certificate, key } = issue(createAuthority('a'), { name: 'triage' });
    const tls = { certFile: join(path, 'cert.pem'), keyFile: join(path, 'key.pem') };
    writeFileSync(tls.certFile, certificate);
    writeFileSync(tls.keyFile, 'nothing');
    expect(() => optionsOf({ tls })).toThrow(/http\.tls\.keyFile: .*key\.pem cannot be used/);
    writeFileSync(tls.keyFile, key);
    expect(optionsOf({ tls }).options.tls?.material()).toMatchObject({ cert: Buffer.from(certificate) });
  });
});
