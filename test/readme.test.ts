/** The README's commands are run, and its output is compared. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

interface Block {
  readonly language: string;
  readonly lines: readonly string[];
}

const BLOCKS: Block[] = [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
  language: language!,
  lines: text!.trimEnd().split('\n'),
}));

/** Commands without their comments, and the output block that follows them, if any. */
const COMMANDS = BLOCKS.flatMap((block, i) => {
  if (block.language !== 'sh') return [];
  const next = BLOCKS[i + 1];
  const output = block.lines.length === 1 && next?.language === 'text' ? next.lines.join('\n') : undefined;
  return block.lines.map((line) => {
    const [command, comment] = line.split(/\s+# /);
    return { command: command!.trim(), comment: comment ?? '', output };
  });
});

/** Commands that need something that is not here; their help is asked for instead. */
const NEEDS = ['needs a broker', 'needs files of yours'];

const RUN = COMMANDS.filter(({ command, comment }) => command.includes('triage --') && !NEEDS.includes(comment));

function shell(command: string): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout }));
  });
}

describe('README', () => {
  it('begins with the two commands that do everything', () => {
    expect(COMMANDS.slice(0, 2).map(({ command }) => command)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
  });

  it.each(RUN)('$command', async ({ command, output }) => {
    const { code, stdout } = await shell(command);
    expect(code).toBe(0);
    if (output !== undefined) expect(stdout.trimEnd()).toBe(output);
  });

  it('names only flags and commands that there are', async () => {
    const notRun = COMMANDS.filter(({ comment }) => NEEDS.includes(comment));
    expect(new Set(notRun.map(({ comment }) => comment))).toEqual(new Set(NEEDS));
    for (const { command } of notRun) {
      const { code } = await shell(`${command} --help`);
      expect(code).toBe(0);
    }
  });

  it('has links that lead somewhere', () => {
    const links = [...README.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
    for (const link of links.filter((each) => !each.startsWith('http'))) {
      expect(() => readFileSync(`${ROOT}/${link}`)).not.toThrow(/ENOENT/);
    }
  });
});
