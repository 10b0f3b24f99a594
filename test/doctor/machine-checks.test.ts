import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BUNDLED_CATALOG, configWith } from '../../src/config.ts';
import { checkCatalogFolder, checkHttp } from '../../src/doctor/machine-checks.ts';
import { createAuthority, issue } from '../local-kafka/certificates.ts';

const NOW_MS = Date.parse('2026-01-10T00:00:00Z');

test('the bundled catalog is fine, and a folder without one is not', () => {
  expect(checkCatalogFolder(BUNDLED_CATALOG)).toMatchObject({ status: 'ok' });
  const empty = mkdtempSync(join(tmpdir(), 'triage-doctor-'));
  try {
    expect(checkCatalogFolder(empty)).toMatchObject({
      status: 'problem',
      mend: expect.stringContaining(`triage catalog check --catalog ${empty}`),
    });
  } finally {
    rmSync(empty, { recursive: true });
  }
});

function httpOf(http: object) {
  return configWith({ http }).http;
}

test('a port that is in use is a problem, a free one is left free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await checkHttp(httpOf({ port }), NOW_MS)).toMatchObject([
    { status: 'problem', found: expect.stringContaining('EADDRINUSE') },
  ]);
  await new Promise((resolve) => server.close(resolve));
  for (let time = 0; time < 2; time++) {
    expect(await checkHttp(httpOf({ port }), NOW_MS)).toMatchObject([{ status: 'ok', found: 'free' }]);
  }
});

test('the certificate of the port is looked at, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'triage-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { certificate, key } = issue(createAuthority('a'), { name: 'server', days: [-1, 5] });
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  writeFileSync(tls.certFile, certificate);
  writeFileSync(tls.keyFile, key);
  expect(await checkHttp(httpOf({ port: 0, tls }), Date.now())).toMatchObject([
    { what: `certificate ${tls.certFile}`, status: 'warning' },
    { status: 'ok' },
  ]);
});

test('a token file that cannot be used is a problem', async () => {
  expect(await checkHttp(httpOf({ port: 0, tokenFile: '/no/such' }), NOW_MS)).toMatchObject([
    { status: 'problem', found: expect.stringContaining('http.tokenFile: /no/such cannot be read') },
  ]);
});
