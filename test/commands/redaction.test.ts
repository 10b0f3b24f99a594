import { describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';

const SECRET = 'hunter2hunter2';
const MESSAGE = `login failed, password=${SECRET}: Service timeout`;

describe('what commands print', () => {
  it('of classify holds no secret, and the span of the match still fits', async () => {
    const { code, stdout, stderr } = await runCli(['classify', '-'], {
      stdin: `${JSON.stringify({ app: 'Box', message: MESSAGE })}\n`,
    });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(SECRET);
    const { message, match } = JSON.parse(stdout);
    expect(message.slice(match.start, match.end)).toBe('Service timeout');
  });

  it('of explain holds no secret', async () => {
    const { code, stdout } = await runCli(['explain', '--app', 'Box', MESSAGE]);
    expect(code).toBe(0);
    expect(stdout).not.toContain(SECRET);
    expect(stdout).toContain('»Service timeout«');
  });
});
