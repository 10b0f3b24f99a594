import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUNDLED_CATALOG, configWith } from '../../src/config.ts';
import { checkCatalogFolder, checkHttp } from '../../src/doctor/machine-checks.ts';

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
  expect(await checkHttp(httpOf({ port }))).toMatchObject({
    status: 'problem',
    found: expect.stringContaining('EADDRINUSE'),
  });
  await new Promise((resolve) => server.close(resolve));
  for (let time = 0; time < 2; time++) {
    expect(await checkHttp(httpOf({ port }))).toMatchObject({ status: 'ok', found: 'free' });
  }
});

test('a token file that cannot be used is a problem', async () => {
  expect(await checkHttp(httpOf({ port: 0, tokenFile: '/no/such' }))).toMatchObject({
    status: 'problem',
    found: expect.stringContaining('http.tokenFile: /no/such cannot be read'),
  });
});
