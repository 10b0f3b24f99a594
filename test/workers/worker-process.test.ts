import { expect, it } from 'vitest';
import { runCli } from '../commands/cli.ts';

it('says how to mend it when Node may start no processes, before anything else', async () => {
  const NODE_OPTIONS = '--permission --allow-fs-read=*';
  const { code, stderr } = await runCli(['run', '--workers', '2'], { env: { NODE_OPTIONS } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^triage: workers: .*--allow-child-process/m);
});
