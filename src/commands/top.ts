/** `triage top`: what a running service sees, as a table in the terminal. */
import { type Command, Option } from 'commander';
import { TriageError } from '../errors.ts';
import { print } from './print.ts';

interface TopOptions {
  readonly url: string;
  readonly tokenFile?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

export function addTopCommand(program: Command): void {
  program
    .command('top')
    .description('Show which connectors fail and what to do, live in the terminal, from a running service.')
    .addOption(new Option('--url <address>', 'where the service listens').default('http://127.0.0.1:9464'))
    .option('--token-file <file>', 'file with http.token, where the service has one')
    .option('--once', 'print once and end, for scripts')
    .option('--json', 'the answer of /api/v1/overview as JSON; once')
    .action(async ({ url, tokenFile, once = false, json = false }: TopOptions) => {
      const { stdin, stdout } = process;
      if (!once && !json && !stdout.isTTY) {
        const message = 'top needs a terminal; use --once, or --json, to write to a file or another program';
        throw new TriageError('usage', message);
      }
      const { TopClient } = await import('../top/client.ts');
      const client = new TopClient({ url, tokenFile });
      // Node looks at NO_COLOR and TERM here.
      const colour = stdout.isTTY && stdout.hasColors();
      if (!once && !json) {
        const { showLive } = await import('../top/live.ts');
        return showLive({ client, input: stdin, output: stdout, colour, now: Date.now });
      }
      const overview = await client.overview();
      if (json) return print(`${harmlessJson(overview)}\n`);
      const { DEFAULT_WIDTH, frameOf } = await import('../top/frame.ts');
      const width = stdout.columns || DEFAULT_WIDTH;
      const lines = frameOf(overview, { url: client.url, width, rows: overview.connectors.rows.length, colour });
      return print(`${lines.join('\n')}\n`);
    });
}

/** JSON leaves as they are some of the characters that could steer a terminal: told by their numbers, they are the same JSON. */
function harmlessJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
