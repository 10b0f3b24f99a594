/** Settings from flags, environment, file and defaults (the first one that has it wins) -> one validated `Config`. */
import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { type Config, configSchema, SETTINGS, type Setting } from './config.ts';
import { messageOf, TriageError } from './errors.ts';

export interface ConfigSources {
  /** By setting path, as typed on the command line. */
  readonly flags: Readonly<Record<string, string | boolean>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of a YAML file, if one was named. */
  readonly file: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each setting came from, by path, such as `environment TRIAGE_LOG_LEVEL`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Names in the environment that look like settings but are none. */
  readonly unknownEnv: readonly string[];
}

interface Found {
  readonly value: unknown;
  readonly origin: string;
}

/** @throws {TriageError} kind `usage`, naming each wrong setting, where it came from and what is allowed. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const file = sources.file === undefined ? undefined : readConfigFile(sources.file);
  const problems: string[] = [...(file?.problems ?? [])];
  const origins: Record<string, string> = {};
  const raw: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const found = find(setting, sources, file);
    origins[setting.path] = found?.origin ?? 'default';
    place(raw, setting.path, found?.value);
  }
  const result = configSchema.safeParse(raw);
  if (!result.success) {
    for (const issue of result.error.issues) {
      const place = issue.path.join('.');
      const path = SETTINGS.find(({ path }) => `${place}.`.startsWith(`${path}.`))?.path ?? place;
      problems.push(describe(path, origins[path] ?? 'default', issue.message, valueAt(raw, path)));
    }
  }
  if (!result.success || problems.length > 0) {
    const lines = [...new Set(problems)].map((problem) => `  ${problem}`);
    throw new TriageError('usage', `wrong settings:\n${lines.join('\n')}`);
  }
  return { config: Object.freeze(result.data), origins, unknownEnv: unknownNames(sources.env) };
}

/** The settings as a plain object for display, secrets replaced. */
export function displayConfig(config: Config): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const value = valueAt(config, setting.path);
    place(shown, setting.path, setting.secret && value !== '' ? HIDDEN : value);
  }
  return shown;
}

const HIDDEN = '(hidden)';

function find(setting: Setting, { flags, env }: ConfigSources, file: ConfigFile | undefined): Found | undefined {
  const flag = flags[setting.path];
  if (flag !== undefined && setting.flag !== undefined)
    return { value: parseText(setting, flag), origin: `flag --${setting.flag}` };
  for (const name of [setting.env, setting.standardEnv ?? setting.env]) {
    const variable = env[name];
    if (variable !== undefined && variable !== '')
      return { value: parseText(setting, variable), origin: `environment ${name}` };
  }
  return file?.find(setting);
}

/** Texts that are no number or boolean stay texts: the schema then says what was expected. */
function parseText({ type }: Setting, text: string | boolean): unknown {
  if (typeof text === 'boolean') return text;
  const trimmed = text.trim();
  switch (type) {
    case 'list':
      return trimmed.split(',').map((part) => part.trim());
    case 'number':
      return /^-?\d+$/.test(trimmed) ? Number(trimmed) : text;
    case 'boolean':
      return trimmed === 'true' ? true : trimmed === 'false' ? false : text;
    case 'text':
      return text;
  }
}

interface ConfigFile {
  readonly problems: readonly string[];
  find(setting: Setting): Found | undefined;
}

function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TriageError('usage', `the configuration file ${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const { document, plain, leaves } = readYaml(text, lines, path);
  const [broken] = document.errors;
  if (broken) {
    const said = /call stack/.test(broken.message) ? TOO_DEEP : broken.message;
    throw new TriageError('usage', `${at(broken.pos[0])}: not valid YAML: ${said}`);
  }
  const problems = leaves
    .filter((leaf) => !SETTINGS.some((setting) => setting.path === leaf))
    .map((leaf) => {
      const node = document.getIn(leaf.split('.'), true);
      return `${leaf} (${at(isNode(node) && node.range ? node.range[0] : 0)}): no such setting${suggestion(leaf)}`;
    });
  return {
    problems,
    find: (setting) => {
      const value = valueAt(plain, setting.path);
      if (value === undefined) return undefined;
      const node = document.getIn(setting.path.split('.'), true);
      const listed = setting.type === 'list' && typeof value === 'string' ? parseText(setting, value) : value;
      return { value: listed, origin: at(isNode(node) && node.range ? node.range[0] : 0) };
    },
  };
}

const TOO_DEEP = 'values are nested too deep, or within themselves';

/** What an invalid document means is left out. */
function readYaml(
  text: string,
  lineCounter: LineCounter,
  path: string,
): { document: Document; plain: unknown; leaves: string[] } {
  try {
    // Its warnings on keys would come by Node on stderr; such keys are no settings, which is told.
    const document: Document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
    const plain: unknown = document.errors.length > 0 ? {} : (document.toJS({ maxAliasCount: 100 }) ?? {});
    return { document, plain, leaves: leafPaths(plain, '') };
  } catch (error) {
    // The parser recurses, and an alias may stand within what it stands for.
    const reason = error instanceof RangeError ? TOO_DEEP : messageOf(error);
    throw new TriageError('usage', `${path}: not valid YAML: ${reason}; write the values out`, { cause: error });
  }
}

function leafPaths(value: unknown, prefix: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return prefix === '' ? [] : [prefix];
  return Object.entries(value).flatMap(([name, each]) => leafPaths(each, prefix === '' ? name : `${prefix}.${name}`));
}

function suggestion(path: string): string {
  const last = path.split('.').at(-1)!.toLowerCase();
  const near = SETTINGS.find((setting) => setting.path.toLowerCase().includes(last));
  return near
    ? `; did you mean ${near.path}?`
    : `; the settings are ${SETTINGS.map((setting) => setting.path).join(', ')}`;
}

function describe(path: string, origin: string, expected: string, found: unknown): string {
  const setting = SETTINGS.find((each) => each.path === path);
  const shown = setting?.secret && found !== undefined ? HIDDEN : shownAs(found);
  return `${path} (from ${origin}): ${wanted(setting, expected)}; found ${shown}`;
}

/** As JSON, unless an alias makes a list stand within itself. */
function shownAs(found: unknown): string {
  try {
    return JSON.stringify(found) ?? 'nothing';
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return 'a list of lists without end';
  }
}

/** Our own sentences start with "expected"; those of zod say in other words what `allowed` says, except for texts. */
function wanted(setting: Setting | undefined, message: string): string {
  if (message.startsWith('expected')) return message;
  const size = /([<>]=)(\d+) characters/.exec(message);
  if (size) return `expected a text of at ${size[1] === '<=' ? 'most' : 'least'} ${size[2]} characters`;
  if (setting === undefined) return message;
  return setting.type === 'text' && setting.allowed === 'text' ? 'expected a text' : `allowed: ${setting.allowed}`;
}

function valueAt(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      object,
    );
}

function place(object: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  let target = object;
  for (const name of names) {
    const inner = (target[name] ?? {}) as Record<string, unknown>;
    target[name] = inner;
    target = inner;
  }
  if (value !== undefined) target[last] = value;
}

function unknownNames(env: ConfigSources['env']): string[] {
  const known = new Set(SETTINGS.map((setting) => setting.env));
  return Object.keys(env).filter((name) => name.startsWith('TRIAGE_') && !known.has(name) && !OTHER_NAMES.has(name));
}

/** Read elsewhere: the configuration file's path, and the broker that tests may use. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['TRIAGE_CONFIG', 'TRIAGE_TEST_BROKERS']);
