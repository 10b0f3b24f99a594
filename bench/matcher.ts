/**
 * `npm run bench -- matcher`: the compiled matcher against what one would write by hand, on the same messages, in one
 * process and one thread. The others only find the text as it stands (case ignored); ours also undoes encodings, gives
 * span, captures and precedence. One row of ours reads all of that, too, as the pipeline does.
 */
import type { Catalog, CatalogEntry } from '../src/catalog/catalog.ts';
import { loadCatalog } from '../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../src/config.ts';
import { createGenerator } from '../src/demo/generator.ts';
import { type Classification, compile } from '../src/matcher/matcher.ts';
import { parsePattern } from '../src/matcher/pattern.ts';
import { renderTable } from '../src/render.ts';
import { type Contender, measure, used } from './measure.ts';

interface Message {
  readonly app: string;
  readonly text: string;
}

const MESSAGES = 2_000;

export async function benchMatcher(): Promise<void> {
  const bundled = loadCatalog(BUNDLED_CATALOG);
  const messages = sampleMessages(bundled);
  const chars = messages.reduce((sum, { text }) => sum + text.length, 0);
  process.stdout.write(
    `${messages.length} messages, ${Math.round(chars / messages.length)} characters on average, all of them errors or warnings\n`,
  );
  const re2 = await loadRe2();
  for (const spread of ['all apps', 'one app'] as const) {
    const asked = spread === 'one app' ? messages.map(({ text }) => ({ app: 'microsoft-365', text })) : messages;
    process.stdout.write(`\nEntries of ${spread}:\n`);
    process.stdout.write(compare(bundled, spread, asked, chars, re2));
  }
  process.stderr.write(`(${used()} matches)\n`);
}

function compare(
  bundled: Catalog,
  spread: Spread,
  messages: readonly Message[],
  chars: number,
  re2: RegExpLike | undefined,
): string {
  const smallest = bundled.entries.length;
  const rows: string[][] = [];
  let ownAtStart = 0;
  for (const size of [smallest, 1_000, 10_000, 100_000]) {
    const catalog = enlarged(bundled, size, spread);
    const startedMs = performance.now();
    const matcher = compile(catalog);
    const compileMs = performance.now() - startedMs;
    const own: Contender = {
      name: 'connector-triage',
      run: () => count(messages, ({ app, text }) => matcher.classify(text, matcher.resolveApp(app)).kind === 'match'),
    };
    const ownRead: Contender = {
      name: 'the same, all fields read',
      run: () => count(messages, ({ app, text }) => charsOf(matcher.classify(text, matcher.resolveApp(app))) > 0),
    };
    const withRe2 = re2 ? [combined('re2 per app', catalog, messages, re2)] : [];
    const others =
      size > 10_000
        ? []
        : [...handWritten(catalog, messages), ...withRe2].filter(({ name, run }) => canRun(name, run, size));
    const [ours, ...rest] = measure([own, ownRead, ...others]);
    ownAtStart ||= ours!.nsPerRun;
    for (const timing of [ours!, ...rest]) {
      const perSecond = (messages.length * 1e9) / timing.nsPerRun;
      const isOurs = timing === ours;
      const ratio = isOurs
        ? `${(ownAtStart / timing.nsPerRun).toFixed(2)} of own speed at ${smallest}`
        : `ours is ${(timing.nsPerRun / ours!.nsPerRun).toFixed(2)}x`;
      const nsPerChar = (timing.nsPerRun / chars).toFixed(2);
      rows.push([
        String(size),
        timing.name,
        `${(perSecond / 1e6).toFixed(4)} M`,
        nsPerChar,
        ratio,
        isOurs ? `${compileMs.toFixed(0)} ms` : '',
      ]);
    }
  }
  return renderTable(['entries', 'matcher', 'messages/s', 'ns/character', 'ratio', 'compiled in'], rows);
}

/** Reads every field of the answer; 0 for none. */
function charsOf(found: Classification): number {
  if (found.kind === 'none') return 0;
  const { entry, pattern, confidence, span, segments, captures, alternatives } = found.match;
  let chars = entry.id.length + pattern.length + confidence.length + span.end - span.start;
  for (const segment of segments) chars += segment.end - segment.start;
  for (const name in captures) chars += captures[name]!.length;
  for (const other of alternatives) chars += other.entry.id.length + other.why.length;
  return chars + found.decodings.length + (found.repair?.length ?? 0);
}

/** V8 refuses regular expressions above some size, when they are first used. */
function canRun(name: string, run: () => number, size: number): boolean {
  try {
    run();
    return true;
  } catch (error) {
    process.stdout.write(`${name} cannot be used with ${size} entries: ${String(error).slice(-40)}\n`);
    return false;
  }
}

/** Error and warning messages of the demo's generator: known ones in all wrappings, and unknown ones. */
function sampleMessages(catalog: Catalog): Message[] {
  const generator = createGenerator({ seed: 7, catalog, startMs: 1_800_000_000_000, eventsPerSecond: 100 });
  const messages: Message[] = [];
  while (messages.length < MESSAGES) {
    const { value, expected } = generator.next();
    if (expected !== 'resolved' && expected !== 'unclassified') continue;
    const { app, message } = JSON.parse(value.toString()) as { app: string; message: string };
    messages.push({ app, text: message });
  }
  return messages;
}

/** Whether the made-up entries are of all apps, or all of the app that the messages are said to come from. */
type Spread = 'all apps' | 'one app';

/** The bundled entries and made-up ones of the same kind. */
function enlarged(bundled: Catalog, size: number, spread: Spread): Catalog {
  const apps = spread === 'one app' ? ['microsoft-365'] : bundled.apps.map((app) => app.key);
  const extra = Array.from({ length: Math.max(0, size - bundled.entries.length) }, (_, i): CatalogEntry => {
    const app = apps[i % apps.length]!;
    const text = `${pick(SUBJECTS, i)}Exception: ${pick(VERBS, i / 7)} ${pick(OBJECTS, i / 3)} failed with code ERR${10_000 + i}`;
    const pattern = { text, confidence: 'exact', needsApp: false, adjacent: false, unless: [] } as const;
    return { ...bundled.entries[0]!, id: `${app}.e${i}`, app, generic: false, patterns: [pattern] };
  });
  return { ...bundled, entries: [...bundled.entries, ...extra] };
}

const SUBJECTS = [
  'Token',
  'Session',
  'Quota',
  'Page',
  'Cursor',
  'Webhook',
  'Schema',
  'Socket',
  'Ledger',
  'Audit',
  'Tenant',
];
const VERBS = ['read', 'write', 'refresh', 'list', 'poll', 'revoke', 'open'];
const OBJECTS = ['events', 'users', 'groups', 'permissions', 'files', 'licenses', 'logs', 'keys', 'policies'];

function pick(list: readonly string[], index: number): string {
  return list[Math.floor(index) % list.length]!;
}

/** Texts of the app's and the all-apps entries, placeholders as gaps. */
function textsByApp(catalog: Catalog): Map<string, string[]> {
  const texts = new Map<string, string[]>(catalog.apps.map((app) => [app.key, []]));
  for (const entry of catalog.entries) {
    for (const app of entry.app === 'all' ? texts.keys() : [entry.app])
      texts.get(app)!.push(...entry.patterns.map(({ text }) => text));
  }
  return texts;
}

/** Both tell which text it was, as somebody who writes rules by hand must. */
function handWritten(catalog: Catalog, messages: readonly Message[]): Contender[] {
  const resolve = compile(catalog).resolveApp;
  const lists = new Map(
    [...textsByApp(catalog)].map(([app, texts]) => [
      app,
      texts.map((text) => parsePattern(text).segments[0]!.literal.toLowerCase()),
    ]),
  );
  const includes: Contender = {
    name: 'includes() loop per app',
    run: () =>
      count(messages, ({ app, text }) => {
        const ref = resolve(app);
        const lower = text.toLowerCase();
        return lists.get(ref.kind === 'known' ? ref.key : '')!.findIndex((each) => lower.includes(each)) >= 0;
      }),
  };
  return [includes, combined('one RegExp per app', catalog, messages, RegExp)];
}

type RegExpLike = new (source: string, flags: string) => { exec(text: string): RegExpExecArray | null };

function combined(name: string, catalog: Catalog, messages: readonly Message[], Engine: RegExpLike): Contender {
  const resolve = compile(catalog).resolveApp;
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = (text: string) =>
    `(${parsePattern(text)
      .segments.map(({ literal }) => escaped(literal).replace(/\s+/g, '\\s+'))
      .join('[^]{0,200}?')})`;
  const engines = new Map(
    [...textsByApp(catalog)].map(([app, texts]) => [app, new Engine(texts.map(source).join('|'), 'i')]),
  );
  return {
    name,
    run: () =>
      count(messages, ({ app, text }) => {
        const ref = resolve(app);
        const found = engines.get(ref.kind === 'known' ? ref.key : '')!.exec(text);
        return found !== null && found.indexOf(found[0], 1) > 0;
      }),
  };
}

function count(messages: readonly Message[], matches: (message: Message) => boolean): number {
  let total = 0;
  for (const message of messages) if (matches(message)) total++;
  return total;
}

/** re2 needs a native build, so it is no dependency: compared when somebody has installed it. */
async function loadRe2(): Promise<RegExpLike | undefined> {
  const name = 're2';
  try {
    return ((await import(name)) as { default: RegExpLike }).default;
  } catch {
    process.stdout.write('re2 is not installed, so it is not compared (npm install --no-save re2)\n');
    return undefined;
  }
}
