/** What `npm pack` makes, installed by npm in a folder of its own: the library, its types, its command. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Packed {
  readonly filename: string;
  /** Bytes of the tarball, and of the files in it. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let folder: string;
/** A copy of the project: packing changes package.json for a moment, and other tests read it. */
let checkout: string;
/** Somebody's project that uses the package. */
let project: string;
let packed: Packed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-package-'));
  checkout = await copyOfProject(join(folder, 'checkout'));
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "name": "somebody", "version": "1.0.0", "type": "module" }\n');
  packed = await pack();
  const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;
  console.log(`${packed.filename}: ${kib(packed.size)}, ${packed.files.length} files of ${kib(packed.unpackedSize)}`);
  // Nothing is omitted, as nobody would think of it.
  const tarball = join(folder, packed.filename);
  const install = await run(project, 'npm', 'install', tarball, '--prefer-offline', '--no-audit', '--no-fund');
  expect(install.code, `npm install failed, it needs the registry or a filled cache:\n${install.stderr}`).toBe(0);
}, 180_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('has the code, the catalog, the schemas and the papers, and nothing else', () => {
    const tops = new Set(packed.files.map(({ path }) => path.split('/')[0]));
    const papers = ['CHANGELOG.md', 'LICENSE', 'README.md'];
    expect([...tops].sort()).toEqual([...papers, 'catalog', 'dist', 'package.json', 'schemas']);
    const strange = packed.files.filter(({ path }) => {
      if (path.startsWith('dist/'))
        return (
          !/(\.js|\.d\.ts|\/pom\.xml|\/page\/[\w-]+\.(html|css|svg))$/.test(path) ||
          /(^|\/)tests?\/|\.test\./.test(path)
        );
      return /^(catalog|schemas)\//.test(path) && !/\.(yaml|json|avsc)$/.test(path);
    });
    expect(strange).toEqual([]);
    expect(packed.size).toBeLessThan(1024 * 1024);
  });

  it('has what is no code beside the compiled file that reads it', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['dist/local-kafka/jars.js', 'dist/local-kafka/pom.xml', 'dist/local-kafka/watchdog.js'],
        ...['dist/dashboard/page/index.html', 'dist/dashboard/page/views/overview.js', 'dist/dashboard/page/base.css'],
      ]),
    );
  });

  it('brings no Node, and package.json is back as it was after packing', async () => {
    const ours: unknown = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'));
    expect(ours).toHaveProperty('optionalDependencies');
    const { optionalDependencies: _, ...rest } = ours as Record<string, unknown>;
    expect(await installedManifest()).toEqual(rest);
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed.filter((name) => name.startsWith('node-'))).toEqual([]);
    expect(await readFile(join(checkout, 'package.json'), 'utf8')).toBe(
      await readFile(join(ROOT, 'package.json'), 'utf8'),
    );
  });

  it('asks for a Node that all its dependencies support', async () => {
    const ours = (await installedManifest()).engines.node.replace('>=', '');
    const lock: { packages: Record<string, { engines?: { node?: string } }> } = JSON.parse(
      await readFile(join(project, 'package-lock.json'), 'utf8'),
    );
    const needs = Object.entries(lock.packages).map(([path, { engines }]) => ({
      path,
      // Of alternatives such as "^20 || >=22", the last one is open to what comes.
      min: /(?:^|\|\| ?)>= ?([\d.]+)$/.exec(engines?.node ?? '')?.[1] ?? '0',
    }));
    expect(needs.map(({ path }) => path)).toContain('node_modules/commander');
    expect(needs.filter(({ min }) => min.localeCompare(ours, 'en', { numeric: true }) > 0)).toEqual([]);
  });
});

describe('the library', () => {
  it('does what the README says, as it is written there', async () => {
    const { code, output } = await readmeExample();
    await writeFile(join(project, 'example.js'), code);
    expect(await run(project, 'node', 'example.js')).toEqual({ code: 0, stdout: output, stderr: '' });
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });

  it('has types that hold without those of Node, for strict users who check declarations too', async () => {
    await writeFile(join(project, 'uses-types.ts'), `${USES_TYPES}\n${(await readmeExample()).code}`);
    for (const [module, moduleResolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const strictest = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true };
      const environment = { module, moduleResolution, target: 'es2022', lib: ['es2022', 'dom'], types: [] };
      const compilerOptions = { ...strictest, ...environment };
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['uses-types.ts'] }));
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      expect(await run(project, 'node', tsc, '-p', '.')).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });

  it('exports what it lists and no more', async () => {
    const { stdout } = await evaluate(`console.log(Object.keys(await import('connector-triage')).join(' '))`);
    expect(stdout).toBe('BUNDLED_CATALOG CatalogError TriageError compile explain loadCatalog parseCatalog\n');
  });

  it.each([
    'connector-triage/dist/matcher/matcher.js',
    'connector-triage/dist/index.js',
    'connector-triage/src/index.ts',
    'connector-triage/catalog/box.yaml',
  ])('does not let %s be imported', async (path) => {
    const { stdout } = await evaluate(`await import('${path}').catch((error) => console.log(error.code))`);
    expect(stdout).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });
});

describe('the command', () => {
  it('says its version', async () => {
    const { version } = await installedManifest();
    const { code, stdout } = await run(project, 'npx', '--no-install', 'triage', '--version');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
  });

  it('explains a message with the bundled catalog', async () => {
    const message = 'class org.apache.ignite.IgniteException: cluster is inactive';
    const { code, stdout } = await run(project, 'npx', '--no-install', 'triage', 'explain', '--json', message);
    expect(code).toBe(0);
    expect(stdout).toContain('microsoft-365.ignite-exception');
  });

  it('loads every module of its service and its demo', async () => {
    const modules = ['service.js', 'demo/demo.js', 'local-kafka/launch.js', 'transport/kafka/kafka-source.js'];
    const urls = modules.map((path) => join(project, 'node_modules/connector-triage/dist', path));
    const { stdout, stderr } = await evaluate(
      `for (const path of ${JSON.stringify(urls)}) await import((await import('node:url')).pathToFileURL(path)); console.log('ok')`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'ok\n', stderr: '' });
  });

  it('refuses an older Node in words', async () => {
    const older = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'22.9.0'})`;
    const main = join(project, 'node_modules/connector-triage/dist/main.js');
    const { code, stdout, stderr } = await run(project, 'node', '--import', older, main, '--version');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^triage: Node 22\.12\.0 or newer is needed; this is Node 22\.9\.0 \(.*\)\n$/);
  });
});

const USES_TYPES = `
import {
  type Candidate, type Catalog, CatalogError, type Classification, type Confidence, explain, type Explanation,
  type Match, type Matcher, parseCatalog, type Problem, type Resolution, TriageError,
} from 'connector-triage';

export function summaryOf(matcher: Matcher, message: string): string {
  const found: Classification = matcher.classify(message, matcher.resolveApp(undefined));
  if (found.kind === 'none') return found.alternatives.map(({ entry }) => entry.id).join();
  const match: Match = found.match;
  const best: Candidate = match;
  const confidence: Confidence = best.confidence;
  const resolution: Resolution = match.entry.resolution;
  const owner: 'customer' | 'app-admin' | 'vendor' | 'us' = resolution.owner;
  // @ts-expect-error: were the types lost, this would be allowed.
  const wrong: number = resolution.summary;
  return [owner, confidence, wrong].join();
}

export function problemsOf(text: string): readonly Problem[] {
  try {
    const catalog: Catalog = parseCatalog([{ path: 'catalog.yaml', text }]);
    // @ts-expect-error: a catalog is read-only.
    catalog.version = '';
    return [];
  } catch (error) {
    if (error instanceof CatalogError) return error.problems;
    if (error instanceof TriageError && error.retriable) return [];
    throw error;
  }
}

export const reasons = (matcher: Matcher): Explanation => explain(matcher, 'text', 'Box');
`;

async function copyOfProject(to: string): Promise<string> {
  const left = new Set(['node_modules', '.git', 'dist', '.cache', 'test', 'coverage', 'reports']);
  await cp(ROOT, to, {
    recursive: true,
    filter: (path) => dirname(path) !== dirname(join(ROOT, 'x')) || !left.has(basename(path)),
  });
  await symlink(join(ROOT, 'node_modules'), join(to, 'node_modules'), 'junction');
  return to;
}

/** As a publisher does it: the build is part of packing. */
async function pack(): Promise<Packed> {
  const { code, stdout, stderr } = await run(checkout, 'npm', 'pack', '--json', '--pack-destination', folder);
  expect(code, `npm pack failed:\n${stdout}${stderr}`).toBe(0);
  // The output of the scripts stands before the JSON.
  const [first] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [Packed];
  return first;
}

async function installedManifest(): Promise<{
  version: string;
  engines: { node: string };
}> {
  return JSON.parse(await readFile(join(project, 'node_modules/connector-triage/package.json'), 'utf8'));
}

/** The code under "As a library", and what it prints. */
async function readmeExample(): Promise<{ code: string; output: string }> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, code, output] = /^## As a library\n[\s\S]*?^```js\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/m.exec(
    readme,
  )!;
  return { code: code!, output: output! };
}

function evaluate(code: string): Promise<Ended> {
  return run(project, 'node', '--input-type=module', '--eval', code);
}

/** What npm and vitest tell their children; how to reach the registry (npm_config_registry, certificates) is kept. */
const NOT_PASSED_ON =
  /^(npm_(package|lifecycle|command|execpath|config_local_prefix)|vitest|node_(env|options|path)$|init_cwd)/i;

/** Runs it as in a terminal, with this test's Node first on the PATH. */
function run(cwd: string, command: string, ...args: string[]): Promise<Ended> {
  const kept = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name));
  const env = { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, shell: process.platform === 'win32' });
    const ended = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        ended[stream] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...ended }));
  });
}
