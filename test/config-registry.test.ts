import { describe, expect, it } from 'vitest';
import { displayConfig, loadConfig } from '../src/config-sources.ts';

const HTTPS = { TRIAGE_REGISTRY_URL: 'https://registry:8081/api' };

function problems(env: Record<string, string>): string {
  try {
    loadConfig({ flags: {}, env, file: undefined });
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('the settings of the registry', () => {
  it.each([
    ['nothing at all', {}],
    ['an address', { TRIAGE_REGISTRY_URL: 'http://localhost:8081' }],
    ['user and password', { ...HTTPS, TRIAGE_REGISTRY_USERNAME: 'u', TRIAGE_REGISTRY_PASSWORD_FILE: '/run/p' }],
    ['a token', { ...HTTPS, TRIAGE_REGISTRY_TOKEN: 't' }],
    [
      'TLS',
      {
        ...HTTPS,
        TRIAGE_REGISTRY_TLS_CA_FILE: 'ca.pem',
        TRIAGE_REGISTRY_TLS_CERT_FILE: 'c',
        TRIAGE_REGISTRY_TLS_KEY_FILE: 'k',
      },
    ],
    ['Avro', { ...HTTPS, TRIAGE_FORMAT_INPUT: 'avro', TRIAGE_FORMAT_OUTPUT: 'avro' }],
  ])('may be %s', (_, env) => {
    expect(problems(env)).toBe('');
  });

  it.each([
    [
      'an address of something else',
      { TRIAGE_REGISTRY_URL: 'kafka:9092' },
      'registry.url (from environment TRIAGE_REGISTRY_URL): expected an address such as',
    ],
    ['a login in the address', { TRIAGE_REGISTRY_URL: 'https://u:p@registry' }, 'without a login in it'],
    [
      'a login without an address',
      { TRIAGE_REGISTRY_TOKEN: 't' },
      'registry.token (from environment TRIAGE_REGISTRY_TOKEN): expected to be unset while registry.url is not set; found (hidden)',
    ],
    [
      'TLS without an address',
      { TRIAGE_REGISTRY_TLS_CA_FILE: 'ca.pem' },
      'registry.tls.caFile (from environment TRIAGE_REGISTRY_TLS_CA_FILE): expected to be unset while registry.url is not set',
    ],
    [
      'registration without an address',
      { TRIAGE_REGISTRY_AUTO_REGISTER: 'true' },
      'expected false while registry.url is not set',
    ],
    [
      'TLS without TLS',
      { TRIAGE_REGISTRY_URL: 'http://r', TRIAGE_REGISTRY_TLS_CA_FILE: 'ca.pem' },
      'expected to be unset while registry.url begins with http://',
    ],
    [
      'a certificate without its key',
      { ...HTTPS, TRIAGE_REGISTRY_TLS_CERT_FILE: 'c' },
      'expected registry.tls.certFile and registry.tls.keyFile together',
    ],
    [
      'a secret twice',
      { ...HTTPS, TRIAGE_REGISTRY_TOKEN: 't', TRIAGE_REGISTRY_TOKEN_FILE: '/run/t' },
      'expected only one of registry.token and registry.tokenFile',
    ],
    [
      'two logins',
      { ...HTTPS, TRIAGE_REGISTRY_TOKEN: 't', TRIAGE_REGISTRY_USERNAME: 'u', TRIAGE_REGISTRY_PASSWORD: 'p' },
      'expected either a token or user name and password',
    ],
    [
      'half a login',
      { ...HTTPS, TRIAGE_REGISTRY_USERNAME: 'u' },
      'registry.password (from default): expected registry.username and registry.password together (or registry.passwordFile)',
    ],
    [
      'Avro out without an address',
      { TRIAGE_FORMAT_OUTPUT: 'avro' },
      'expected the address of a schema registry, since format.output is avro',
    ],
    [
      'Avro in without an address',
      { TRIAGE_FORMAT_INPUT: 'avro' },
      'expected the address of a schema registry, since format.input is avro',
    ],
  ])('may not be %s', (_, env, expected) => {
    expect(problems(env)).toContain(expected);
  });

  it('hide secrets, and take none from a flag', () => {
    const { config } = loadConfig({
      flags: { 'registry.token': 'from-flag' },
      env: { ...HTTPS, TRIAGE_REGISTRY_TOKEN: 's3cret' },
      file: undefined,
    });
    expect(config.registry.token).toBe('s3cret');
    expect(JSON.stringify(displayConfig(config))).not.toMatch(/s3cret/);
  });
});
