import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { checkCatalogFolder, checkHttp, checkNode } from '../../src/doctor/machine-checks.ts';

test('Node is old enough or not', () => {
  expect(checkNode(process.versions.node)).toMatchObject({ status: 'ok' });
  expect(checkNode('20.19.0')).toMatchObject({ status: 'problem', found: '20.19.0' });
});

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

test('a port that is in use is a problem, a free one is left free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await checkHttp({ host: '127.0.0.1', port })).toMatchObject({
    status: 'problem',
    found: expect.stringContaining('EADDRINUSE'),
  });
  await new Promise((resolve) => server.close(resolve));
  for (let time = 0; time < 2; time++) {
    expect(await checkHttp({ host: '127.0.0.1', port })).toMatchObject({ status: 'ok', found: 'free' });
  }
});
