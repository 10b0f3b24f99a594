/** Catalog files -> `Catalog`. Everything that is wrong is reported at once, with file, line and column. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf, TriageError } from '../errors.ts';
import { appNameKey } from '../matcher/apps.ts';
import { PatternError, parsePattern } from '../matcher/pattern.ts';
import { buildCatalog, type Parsed, toInferred, toPattern } from './build.ts';
import type { Catalog, CatalogPattern } from './catalog.ts';
import type { LoadCode } from './findings.ts';
import { type AppFile, appFileSchema, type EntrySpec, type Manifest, manifestSchema } from './schema.ts';

/** Name of the file with the catalog's version and documents. */
export const MANIFEST = 'catalog.yaml';

/** A larger file is refused before it is parsed. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

export interface CatalogFile {
  /** As it is to appear in messages. */
  readonly path: string;
  readonly text: string;
  /** Why there is no text: what kind of thing stands there, or what reading it said. */
  readonly unreadable?: string;
}

/** One thing that is wrong: where, what, and how to mend it. */
export interface Problem {
  readonly file: string;
  /** From 1 up. */
  readonly line: number;
  readonly column: number;
  readonly code: LoadCode;
  readonly message: string;
}

/** The catalog cannot be loaded; `problems` has every reason. */
export class CatalogError extends TriageError {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
    super('catalog', `the catalog cannot be loaded:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'CatalogError';
    this.problems = problems;
  }
}

/**
 * Loads every `.yaml` file of a folder. Names that begin with "." are left out: editors' locks, copies of file systems.
 * @throws {CatalogError} with all problems of all files; nothing is loaded in part.
 */
export function loadCatalog(folder: string): Catalog {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^[^.].*\.ya?ml$/s.test(name));
  } catch (error) {
    throw new TriageError('catalog', `the catalog folder ${folder} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return parseCatalog(
    names.sort().map((name) => {
      const path = join(folder, name);
      const short = relative(process.cwd(), path);
      return { path: short.startsWith('..') ? path : short, ...readText(path) };
    }),
  );
}

/** Looks what it is before opening it: a pipe would be waited for without end. */
function readText(path: string): Pick<CatalogFile, 'text' | 'unreadable'> {
  try {
    const stats = statSync(path);
    if (stats.isFile()) return { text: readFileSync(path, 'utf8') };
    return { text: '', unreadable: stats.isDirectory() ? 'it is a folder' : 'it is not a regular file' };
  } catch (error) {
    return { text: '', unreadable: messageOf(error) };
  }
}

/** The same from texts. @throws {CatalogError} */
export function parseCatalog(files: readonly CatalogFile[]): Catalog {
  const problems: Problem[] = [];
  const isManifest = (file: CatalogFile) => file.path.split(/[\\/]/).at(-1) === MANIFEST;
  const manifestFile = files.find(isManifest);
  if (!manifestFile) {
    const where = files[0]?.path.replace(/[^\\/]*$/, '') ?? '';
    problems.push({
      file: `${where}${MANIFEST}`,
      line: 1,
      column: 1,
      code: 'manifest-missing',
      message: 'missing; expected the file with `version` and `documents`',
    });
  }
  const manifest = manifestFile && parseFile(manifestFile, manifestSchema, problems);
  if (manifest) checkCues(manifest, problems);
  const parsed = files.filter((file) => !isManifest(file)).map((file) => parseFile(file, appFileSchema, problems));
  const apps = parsed.filter((file) => file !== undefined);
  for (const file of apps) checkApp(file, apps, manifest?.value, problems);
  if (problems.length > 0 || !manifest) throw new CatalogError(problems.sort(byPlace));
  return buildCatalog(manifest.value, apps);
}

/** The parser recurses, and tells of it in an error of the document, or throws. */
const TOO_DEEP = 'values are nested too deep';

function parseFile<T>(file: CatalogFile, schema: z.ZodType<T>, problems: Problem[]): Parsed<T> | undefined {
  const report = (place: { line: number; column: number }, code: LoadCode, message: string) =>
    problems.push({ file: file.path, ...place, code, message });
  if (file.unreadable !== undefined) {
    report({ line: 1, column: 1 }, 'unreadable-file', `the file cannot be read: ${file.unreadable}`);
    return undefined;
  }
  if (Buffer.byteLength(file.text) > MAX_FILE_BYTES) {
    report({ line: 1, column: 1 }, 'file-too-large', `the file is larger than ${MAX_FILE_BYTES} bytes; split it`);
    return undefined;
  }
  const lines = new LineCounter();
  let document: Document;
  try {
    // Its warnings on keys would be told twice: here, and by Node on stderr.
    document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report({ line: 1, column: 1 }, 'invalid-yaml', `not valid YAML: ${TOO_DEEP}`);
    return undefined;
  }
  const at = (path: readonly PropertyKey[]) => placeOf(document, lines, path);
  const [error, ...more] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const others = more.length > 0 ? ` (and ${more.length} more after it, which may come of it)` : '';
    const said = /call stack/.test(error.message) ? TOO_DEEP : error.message;
    report({ line, column: col }, 'invalid-yaml', `not valid YAML: ${said}${others}`);
    return undefined;
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = `YAML aliases cannot be resolved: ${messageOf(error)}; write the values out`;
    report({ line: 1, column: 1 }, 'invalid-yaml', message);
    return undefined;
  }
  const result = schema.safeParse(plain);
  if (result.success) return { value: result.data, path: file.path, at };
  for (const issue of result.error.issues) report(at(issue.path), 'invalid-field', describeIssue(issue, plain));
  return undefined;
}

/** The position of the value at the path, or of its nearest parent that exists. */
function placeOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** What was expected and what was found, at `path.to.field`. */
export function describeIssue(issue: z.core.$ZodIssue, input: unknown): string {
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  const found = issue.path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part],
    input,
  );
  if (issue.code === 'unrecognized_keys')
    return `${where}unknown key ${issue.keys.join(', ')}; remove it or correct its name`;
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.find((errors) => errors.some(({ path }) => path.length > 0)) ?? issue.errors[0];
    const inner = nearest?.map((each) =>
      describeIssue({ ...each, path: [...issue.path, ...each.path] } as z.core.$ZodIssue, input),
    );
    return inner?.join('; ') ?? `${where}${issue.message}`;
  }
  const text = shownAs(found);
  return `${where}${lowerFirst(issue.message)}; found ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
}

/** As JSON, unless it is nested too deep for that, or within itself, as an alias of YAML can make it. */
function shownAs(found: unknown): string {
  if (found === undefined) return 'nothing';
  try {
    return JSON.stringify(found);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    return Array.isArray(found) ? 'a list of lists without end' : 'an object of objects without end';
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function checkCues({ value, path, at }: Parsed<Manifest>, problems: Problem[]): void {
  for (const [i, cue] of (value.quoted ?? []).entries()) {
    const message = patternProblem({ text: cue.before ?? cue.after ?? '', adjacent: true });
    if (message) problems.push({ file: path, ...at(['quoted', i]), code: 'invalid-cue', message });
  }
}

/** What one file's schema cannot say: names and ids across files, documents, patterns. */
function checkApp(
  file: Parsed<AppFile>,
  all: readonly Parsed<AppFile>[],
  manifest: Manifest | undefined,
  problems: Problem[],
): void {
  const report = (path: readonly PropertyKey[], code: LoadCode, message: string) =>
    problems.push({ file: file.path, ...file.at(path), code, message });
  const { app, entries } = file.value;
  const earlier = all.slice(0, all.indexOf(file));
  const sameKey = earlier.find((other) => other.value.app.key === app.key);
  if (sameKey) {
    const message = `the app ${app.key} is already in ${sameKey.path}; put its entries into one file`;
    report(['app', 'key'], 'duplicate-app', message);
  }
  const others = all.filter((other) => other.value.app.key !== app.key);
  const nameKey = appNameKey(app.name);
  const sameName = others.find(
    (other) =>
      appNameKey(other.value.app.key) === nameKey ||
      (earlier.includes(other) && appNameKey(other.value.app.name) === nameKey),
  );
  if (sameName) report(['app', 'name'], 'shared-app-name', sharedName(app.name, sameName));
  for (const [i, alias] of (app.aliases ?? []).entries()) {
    const owner = others.find((other) => namesOf(other.value.app).includes(appNameKey(alias)));
    if (owner) report(['app', 'aliases', i], 'shared-app-name', sharedName(alias, owner));
  }
  for (const [i, entry] of entries.entries()) {
    const path = ['entries', i];
    if (!entry.id.startsWith(`${app.key}.`)) {
      const isOfOther = all.some((other) => entry.id.startsWith(`${other.value.app.key}.`));
      const code = isOfOther ? 'foreign-id' : 'unknown-app';
      report([...path, 'id'], code, `the id ${entry.id} must begin with the app's key, "${app.key}."`);
    }
    const twin = firstWithId(entry, file, [...earlier, file]);
    if (twin) report([...path, 'id'], 'duplicate-id', `the id ${entry.id} is already used at ${twin}`);
    const document = entry.source?.document;
    if (document !== undefined && manifest && !Object.hasOwn(manifest.documents, document)) {
      const message = `the document ${document} is not listed in ${MANIFEST}`;
      report([...path, 'source', 'document'], 'unknown-document', message);
    }
    for (const [c, condition] of (entry.inferred ?? []).entries()) {
      const message = toInferred(condition)
        .map(patternProblem)
        .find((problem) => problem !== undefined);
      if (message) report([...path, 'inferred', c], 'invalid-pattern', message);
    }
    for (const [p, pattern] of entry.patterns.entries()) {
      const message = patternProblem(toPattern(pattern));
      if (message) report([...path, 'patterns', p], 'invalid-pattern', message);
    }
  }
}

function sharedName(name: string, { value, path }: Parsed<AppFile>): string {
  return `the name ${JSON.stringify(name)} belongs to ${value.app.key} (${path}) too; a name may stand for one app only`;
}

function firstWithId(entry: EntrySpec, file: Parsed<AppFile>, files: readonly Parsed<AppFile>[]): string | undefined {
  for (const other of files) {
    const index = other.value.entries.findIndex(({ id }) => id === entry.id);
    if (index < 0) continue;
    if (other === file && other.value.entries[index] === entry) return undefined;
    const { line, column } = other.at(['entries', index, 'id']);
    return `${other.path}:${line}:${column}`;
  }
  return undefined;
}

function patternProblem({ text, adjacent }: Pick<CatalogPattern, 'text' | 'adjacent'>): string | undefined {
  try {
    const { gaps } = parsePattern(text);
    return adjacent && gaps.length > 0
      ? 'pattern: no placeholders are possible here (in `adjacent` patterns and in `quoted`)'
      : undefined;
  } catch (error) {
    if (error instanceof PatternError) return `pattern: ${error.message}`;
    throw error;
  }
}

function namesOf(app: AppFile['app']): string[] {
  return [app.key, app.name, ...(app.aliases ?? [])].map(appNameKey);
}

function byPlace(a: Problem, b: Problem): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column;
}
