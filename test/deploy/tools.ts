/**
 * Programs of Prometheus that tests need. CI has them, and fails without; elsewhere the tests that need them are skipped and
 * say so, since a newcomer's machine has Node and Java only.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { it, type TestContext } from 'vitest';

/** As distributions call them. */
const NAMES = {
  promtool: ['promtool'],
  prometheus: ['prometheus'],
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
  amtool: ['amtool'],
} as const satisfies Record<string, readonly string[]>;

export type Tool = keyof typeof NAMES;

const MEND =
  "install Debian's packages prometheus and prometheus-alertmanager, or put the releases of both on the PATH";

/** A test that needs programs; `run` gets their paths. */
export function itWith<const T extends Tool>(
  tools: readonly T[],
  name: string,
  run: (paths: Readonly<Record<T, string>>) => void | Promise<void>,
  timeoutMs?: number,
): void {
  it(name, (context) => run(pathsOrSkip(tools, context)), timeoutMs);
}

function pathsOrSkip<T extends Tool>(tools: readonly T[], context: TestContext): Readonly<Record<T, string>> {
  const paths = tools.map((tool) => [tool, pathOf(tool)] as const);
  const missing = paths.flatMap(([tool, path]) => (path === undefined ? [tool] : []));
  if (missing.length > 0) {
    const sentence = `this test needs ${missing.join(' and ')}, not found on the PATH: ${MEND}`;
    if (process.env.CI) throw new Error(sentence);
    // The default reporter only counts what is skipped.
    console.warn(`skipped: ${context.task.name}: ${sentence}`);
    context.skip(sentence);
  }
  return Object.fromEntries(paths) as Record<T, string>;
}

function pathOf(tool: Tool): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES[tool].flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
