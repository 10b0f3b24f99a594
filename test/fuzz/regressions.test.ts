import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Input } from '../../fuzz/input.ts';
import { keepRegression, readRegressions } from '../../fuzz/regressions.ts';

const FINDING = { kind: 'threw', what: 'boom' } as const;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'triage-fuzz-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it('a kept input comes back as it was, whatever it holds', () => {
  const into = folder();
  const input: Input = [
    ['text', 'a\ud800b\u0000'],
    ['value', Buffer.from('{"ä":1}')],
    ['value', Buffer.from([0, 255, 128])],
    ['key', Buffer.alloc(0)],
  ];
  const file = keepRegression('matcher', input, FINDING, into);
  expect(keepRegression('matcher', input, FINDING, into)).toBe(file);
  expect(readRegressions('matcher', into)).toEqual([{ file, input }]);
});

it('a target without kept inputs has none', () => {
  expect(readRegressions('otlp', folder())).toEqual([]);
});
