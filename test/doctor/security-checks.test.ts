import { describe, expect, test } from 'vitest';
import { configWith } from '../../src/config.ts';
import { checkCertificates, checkLogin } from '../../src/doctor/security-checks.ts';

const user = (mechanism: string) => ({ mechanism, username: 'x', password: 'x' });
const client = (tokenEndpoint: string) => ({
  mechanism: 'oauthbearer',
  tokenEndpoint,
  clientId: 'x',
  clientSecret: 'x',
});
const tls = { enabled: true };

describe('encryption and login', () => {
  test.each<[name: string, kafka: object, status: string, consequence: RegExp | undefined]>([
    ['none of both, as in the demo', {}, 'ok', undefined],
    ['both', { tls, sasl: user('plain') }, 'ok', undefined],
    ['a password in the clear', { sasl: user('plain') }, 'warning', /records and the secret/],
    ['records in the clear', { sasl: user('scram-sha-512') }, 'warning', /reads the records\./],
    ['a token endpoint in the clear', { tls, sasl: client('http://id.example.com/t') }, 'warning', /client secret/],
    ['a token endpoint on this machine', { tls, sasl: client('http://127.0.0.1:8080/t') }, 'ok', undefined],
  ])('%s', (_name, kafka, status, consequence) => {
    const check = checkLogin(configWith({ kafka }).kafka);
    expect(check).toMatchObject({ what: 'security', status });
    if (consequence !== undefined) expect(check.consequence).toMatch(consequence);
  });
});

test.each([
  ['2026-12-31', 'ok'],
  ['2026-01-20', 'warning'],
  ['2026-01-01', 'problem'],
])('a certificate that is valid until %s', (until, status) => {
  const certificate = {
    role: 'authority' as const,
    file: '/ca.pem',
    subject: 'O=us\nCN=ca',
    notAfter: new Date(`${until}T12:00:00Z`),
  };
  const [check] = checkCertificates([certificate], Date.parse('2026-01-10T00:00:00Z'));
  expect(check).toMatchObject({ what: 'certificate /ca.pem', status, found: `O=us, CN=ca, valid until ${until}` });
});
