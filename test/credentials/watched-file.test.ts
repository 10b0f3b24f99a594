import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { secretReader, WatchedFile } from '../../src/credentials/watched-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'triage-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file is read again only when it has changed', () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'one');
  const file = new WatchedFile(path, 'kafka.tls.caFile');
  const first = file.read();
  expect(file.read()).toBe(first);
  writeFileSync(path, 'three');
  expect(file.read().toString()).toBe('three');
});

test('a link that is pointed elsewhere, as mounted secrets are, counts as a change', () => {
  const link = join(folder, 'link');
  for (const name of ['v1', 'v2']) writeFileSync(join(folder, name), name);
  symlinkSync(join(folder, 'v1'), link);
  const read = secretReader({ file: link }, 'kafka.sasl.password');
  expect(read()).toBe('v1');
  unlinkSync(link);
  symlinkSync(join(folder, 'v2'), link);
  expect(read()).toBe('v2');
});

test('the last line break of a secret does not count, blanks do', () => {
  const path = join(folder, 'password');
  const read = secretReader({ file: path }, 'kafka.sasl.password');
  for (const [content, secret] of [
    ['s3 \n', 's3 '],
    ['s3\r\n', 's3'],
    ['two\n\n', 'two\n'],
  ] as const) {
    writeFileSync(path, content);
    expect(read()).toBe(secret);
  }
});

test('a file that is empty or not there is named, with the setting', () => {
  const path = join(folder, 'empty');
  writeFileSync(path, '\n');
  expect(secretReader({ file: path }, 'kafka.sasl.password')).toThrow(`kafka.sasl.passwordFile: ${path} is empty`);
  expect(secretReader({ file: '/no/such' }, 'kafka.sasl.password')).toThrow(
    'kafka.sasl.passwordFile: /no/such cannot be read: ENOENT',
  );
});

test('a value that is given is the secret, and nothing given is an empty one', () => {
  expect(secretReader({ value: ' x\n' }, 'a')()).toBe(' x\n');
  expect(secretReader({}, 'a')()).toBe('');
});
