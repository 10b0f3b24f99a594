/** The house plan as a test: which folder may import which, who may touch a client, a clock, the environment. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

const TEXTS = new Map(FILES.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));

/** Part of the plan that a file belongs to: its folder, two levels deep for drivers, or the file itself at the top. */
function partOf(file: string): string {
  const [first, second, third] = file.split('/');
  if (second === undefined) return first!;
  return first === 'transport' && third !== undefined ? `${first}/${second}` : first!;
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const IMPORTS: Import[] = [...TEXTS].flatMap(([from, text]) =>
  [...text.matchAll(/(?:^import (type )?[^;]*?from |^export (type )?\{[^}]*\} from |import\()'([^']+)'/gm)].map(
    ([, type, reexportedType, target]) => ({
      from,
      to: target!.startsWith('.') ? posix.normalize(posix.join(dirname(from), target!)) : target!,
      isTypeOnly: (type ?? reexportedType) !== undefined,
    }),
  ),
);

const LEAVES = ['errors.ts', 'version.ts'];

/** Part -> parts it may import. What is not listed may be imported by nobody. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['config.ts', 'catalog', 'matcher', ...LEAVES],
  'main.ts': ['commands', 'redaction', 'transport/file', ...LEAVES],
  commands: [
    'avro',
    'registry.ts',
    'formats',
    'instance.ts',
    'service.ts',
    'workers',
    'top',
    'dashboard',
    'connection.ts',
    'doctor',
    'replay.ts',
    'dead-letters',
    'config.ts',
    'config-sources.ts',
    'topics.ts',
    'render.ts',
    'demo',
    'alerting',
    'catalog',
    'matcher',
    'pipeline',
    'redaction',
    'events',
    'telemetry',
    'transport',
    'transport/file',
    'transport/kafka',
    ...LEAVES,
  ],
  demo: [
    'instance.ts',
    'service.ts',
    'dashboard',
    'http',
    'http-options.ts',
    'worker.ts',
    'config.ts',
    'topics.ts',
    'render.ts',
    'local-kafka',
    'catalog',
    'matcher',
    'redaction',
    'events',
    'telemetry',
    'transport/file',
    'transport/kafka',
    ...LEAVES,
  ],
  'live-matcher.ts': ['catalog', 'matcher', ...LEAVES],
  'live-catalog.ts': ['live-matcher.ts', 'config.ts', 'telemetry', ...LEAVES],
  'certificates.ts': ['config.ts', 'credentials', 'registry.ts', 'telemetry'],
  'engine.ts': [
    'registry.ts',
    'pipeline',
    'worker.ts',
    'redaction',
    'config.ts',
    'matcher',
    'events',
    'telemetry',
    'transport/kafka',
    ...LEAVES,
  ],
  'instance.ts': [
    'certificates.ts',
    'live-matcher.ts',
    'live-catalog.ts',
    'dashboard',
    'http',
    'http-options.ts',
    'redaction',
    'connection.ts',
    'config.ts',
    'telemetry',
    'transport/kafka',
    ...LEAVES,
  ],
  'service.ts': [
    'tracing',
    'engine.ts',
    'instance.ts',
    'live-catalog.ts',
    'config.ts',
    'telemetry',
    'transport/kafka',
    ...LEAVES,
  ],
  tracing: ['engine.ts', 'config.ts', 'events', 'telemetry', ...LEAVES],
  workers: [
    'tracing',
    'engine.ts',
    'instance.ts',
    'service.ts',
    'live-catalog.ts',
    'dashboard',
    'connection.ts',
    'config.ts',
    'catalog',
    'matcher',
    'telemetry',
    ...LEAVES,
  ],
  'worker.ts': ['pipeline', 'matcher', 'events', 'telemetry', 'transport'],
  'replay-checkpoint.ts': ['transport/file', ...LEAVES],
  'replay.ts': [
    'registry.ts',
    'pipeline',
    'replay-checkpoint.ts',
    'connection.ts',
    'redaction',
    'worker.ts',
    'config.ts',
    'catalog',
    'matcher',
    'events',
    'telemetry',
    'transport',
    'transport/kafka',
    ...LEAVES,
  ],
  dashboard: ['catalog', 'events', 'http', 'matcher', 'pipeline', 'redaction', 'transport'],
  'dead-letters': ['events', 'transport'],
  'topics.ts': ['config.ts', 'transport/kafka'],
  'config-sources.ts': ['config.ts', ...LEAVES],
  'config.ts': [
    'formats',
    'config-http.ts',
    'config-redaction.ts',
    'config-registry.ts',
    'config-security.ts',
    'config-traces.ts',
  ],
  'config-registry.ts': [],
  'config-http.ts': ['http'],
  'config-redaction.ts': ['redaction', ...LEAVES],
  'config-security.ts': [],
  'config-traces.ts': [],
  'connection.ts': ['config.ts', 'config-security.ts', 'credentials', 'transport', 'transport/kafka'],
  'registry.ts': ['avro', 'config.ts', 'config-registry.ts', 'credentials', 'events', 'transport/kafka', ...LEAVES],
  // Of transport/kafka only what speaks no Kafka: backoff, keep-alive, state report.
  avro: ['credentials', 'events', 'formats', 'transport', 'transport/kafka', ...LEAVES],
  'http-options.ts': ['config.ts', 'credentials', 'http'],
  credentials: [...LEAVES],
  http: ['credentials', ...LEAVES],
  doctor: [
    'avro',
    'registry.ts',
    'connection.ts',
    'config.ts',
    'credentials',
    'http',
    'http-options.ts',
    'catalog',
    'matcher',
    'transport',
    'transport/kafka',
    ...LEAVES,
  ],
  top: ['dashboard', 'http', 'credentials', 'render.ts', ...LEAVES],
  'render.ts': ['catalog'],
  alerting: ['catalog', 'telemetry'],
  pipeline: ['events', 'formats', 'matcher', 'redaction', 'transport', ...LEAVES],
  formats: ['events', 'transport', ...LEAVES],
  redaction: ['matcher', ...LEAVES],
  telemetry: ['events', 'catalog', 'http', 'redaction', 'transport', ...LEAVES],
  events: ['catalog', 'transport'],
  catalog: ['matcher', ...LEAVES],
  matcher: ['catalog'],
  transport: [...LEAVES],
  'transport/kafka': ['credentials', 'transport', ...LEAVES],
  'transport/file': ['transport', ...LEAVES],
  'local-kafka': [...LEAVES],
};

/** Package -> the only parts that may import it. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  avsc: ['avro'],
  kafkajs: ['transport/kafka'],
  pino: ['telemetry'],
  'pino-pretty': ['telemetry'],
  'prom-client': ['telemetry'],
  commander: ['main.ts', 'commands'],
  yaml: ['catalog', 'dashboard', 'config-sources.ts', 'commands', 'alerting'],
  zod: [
    'catalog',
    'dashboard',
    'config.ts',
    'config-http.ts',
    'config-redaction.ts',
    'config-registry.ts',
    'config-security.ts',
    'config-traces.ts',
    'events',
  ],
  '@testcontainers/kafka': ['local-kafka'],
  testcontainers: ['local-kafka'],
};

function violations(pattern: RegExp, allowed: readonly string[]): string[] {
  return FILES.filter(
    (file) => pattern.test(TEXTS.get(file)!) && !allowed.includes(file) && !allowed.includes(partOf(file)),
  );
}

describe('the house plan', () => {
  it('has every import going one way', () => {
    const wrong = IMPORTS.filter(({ from, to }) => {
      if (!FILES.includes(to) || partOf(from) === partOf(to)) return false;
      return !(MAY_IMPORT[partOf(from)] ?? []).includes(partOf(to));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('lets the matcher see the catalog as types and closed sets only', () => {
    const wrong = IMPORTS.filter(
      ({ from, to, isTypeOnly }) =>
        partOf(from) === 'matcher' && partOf(to) === 'catalog' && !isTypeOnly && to !== 'catalog/schema.ts',
    );
    expect(wrong).toEqual([]);
  });

  it('has no import cycles between files', () => {
    const graph = new Map(
      FILES.map((file) => [
        file,
        IMPORTS.filter(({ from, to }) => from === file && FILES.includes(to)).map(({ to }) => to),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file)!) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of FILES) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps each client with its owner', () => {
    const wrong = IMPORTS.filter(({ from, to }) => {
      const isPackage = !FILES.includes(to) && !to.startsWith('node:');
      return isPackage && !(PACKAGE_OWNERS[to] ?? []).includes(partOf(from));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('reads the environment where settings are read, and where the demo looks for Java', () => {
    expect(violations(/process\.env/, ['commands/settings-options.ts', 'demo/demo.ts', 'local-kafka'])).toEqual([]);
  });

  it('asks for the time only where parts are joined, where Kafka is spoken, and for the terminal', () => {
    expect(
      violations(/Date\.now|performance\.now|new Date\(\)/, [
        'instance.ts',
        'service.ts',
        'workers',
        'replay.ts',
        'commands',
        'demo',
        'transport/kafka',
        'local-kafka',
      ]),
    ).toEqual([]);
  });

  it('has no file above 300 lines, no barrel and no default export', () => {
    expect(FILES.filter((file) => TEXTS.get(file)!.split('\n').length > 301)).toEqual([]);
    expect(violations(/^export \*|^export default/m, [])).toEqual([]);
    // The package's entry is a list of names, each of them meant.
    expect(violations(/^export (type )?\{[^}]*\} from/m, ['index.ts'])).toEqual([]);
  });

  it('does not go through its own public entry', () => {
    expect(IMPORTS.filter(({ to }) => to === 'index.ts')).toEqual([]);
  });

  it('lists every part, and no part that is gone', () => {
    expect(Object.keys(MAY_IMPORT).sort()).toEqual(
      [...new Set(FILES.map(partOf))].filter((part) => !LEAVES.includes(part)).sort(),
    );
  });

  it('is where this test looks for it', () => {
    expect(relative(process.cwd(), SRC)).toBe('src');
  });
});
