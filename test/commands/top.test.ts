import { expect, it } from 'vitest';
import { runCli } from './cli.ts';

it.each([
  [
    'no service answers',
    ['--once', '--url', 'http://127.0.0.1:9'],
    3,
    /^triage: http:\/\/127\.0\.0\.1:9 cannot be reached: /,
  ],
  ['there is no terminal', [], 2, /^triage: top needs a terminal; use --once, or --json/],
  ['the address is none', ['--json', '--url', 'x'], 2, /^triage: --url: expected an address such as/],
])('triage top says so when %s', async (_, args, code, sentence) => {
  const result = await runCli(['top', ...args]);
  expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(sentence) });
});
