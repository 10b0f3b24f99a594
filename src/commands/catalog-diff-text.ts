/** The differences of two catalogs as text for people: `+` added, `-` removed, `~` changed. */
import type { CatalogPattern } from '../catalog/catalog.ts';
import type { AppChange, CatalogDiff, EntryChange, ListChange, PatternChanges } from '../catalog/diff.ts';
import type { ReplayReport } from '../catalog/replay.ts';
import { printable, shorten } from '../render.ts';

const VALUE_WIDTH = 100;
/** Of one entry, so many patterns of each kind are shown; an HTTP status alone stands for dozens. */
const MAX_PATTERNS = 5;

export function renderDiff(diff: CatalogDiff): string {
  const { version, digest, entries, apps, quoted } = diff;
  const head = `catalog ${version.from} (${digest.from}) -> ${version.to} (${digest.to})\n`;
  if (diff.isEmpty) return `${head}no differences\n`;
  const sections = [
    section('Entries', [
      ...entries.added.map(({ id, title }) => `+ ${id}  ${printable(title)}`),
      ...entries.removed.map(({ id, title }) => `- ${id}  ${printable(title)}`),
      ...entries.changed.flatMap(renderEntryChange),
    ]),
    section('Apps', [
      ...apps.added.map(({ key, name }) => `+ ${key}  ${printable(name)}`),
      ...apps.removed.map(({ key, name }) => `- ${key}  ${printable(name)}`),
      ...apps.changed.flatMap(renderAppChange),
    ]),
    section('Quoted cues', renderList(quoted, value)),
  ];
  return `${head}${counts(diff)}\n${sections.join('')}`;
}

function counts({ entries, apps, quoted }: CatalogDiff): string {
  const of = (name: string, { added, removed, changed = [] }: ListChange<unknown> & { changed?: readonly unknown[] }) =>
    `${name} ${added.length} added, ${removed.length} removed${name === 'cues' ? '' : `, ${changed.length} changed`}`;
  return [of('entries', entries), of('apps', apps), of('cues', quoted)].join('; ');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function renderList<T>({ added, removed }: ListChange<T>, show: (each: T) => string): string[] {
  return [...added.map((each) => `+ ${show(each)}`), ...removed.map((each) => `- ${show(each)}`)];
}

function renderEntryChange({ id, fields, changes, patterns }: EntryChange): string[] {
  return [
    `~ ${id}  ${fields.join(', ')}`,
    ...(patterns ? renderPatterns(patterns).map((line) => `    ${line}`) : []),
    ...changes.flatMap(({ field, from, to }) => [`    - ${field}: ${value(from)}`, `    + ${field}: ${value(to)}`]),
  ];
}

function renderPatterns({ added, removed, changed, reordered }: PatternChanges): string[] {
  if (reordered) return ['patterns in another order'];
  return [
    ...capped(added.map((pattern) => `+ pattern ${renderPattern(pattern)}`)),
    ...capped(removed.map((pattern) => `- pattern ${renderPattern(pattern)}`)),
    ...capped(changed.map(({ from, to }) => `~ pattern ${renderPattern(from)} -> ${traits(to)}`)),
  ];
}

function capped(lines: readonly string[]): string[] {
  const more = lines.length - MAX_PATTERNS;
  return more > 0 ? [...lines.slice(0, MAX_PATTERNS), `  and ${more} more (--format json)`] : [...lines];
}

function renderPattern(pattern: CatalogPattern): string {
  return `${traits(pattern)}: ${shorten(pattern.text, VALUE_WIDTH)}`;
}

function traits({ confidence, needsApp, adjacent, unless }: CatalogPattern): string {
  const more = [
    ...(needsApp ? ['needs app'] : []),
    ...(adjacent ? ['adjacent'] : []),
    ...(unless.length > 0 ? [`unless ${unless.join(', ')}`] : []),
  ];
  return more.length > 0 ? `${confidence} (${more.join('; ')})` : confidence;
}

function renderAppChange({ key, name, aliases }: AppChange): string[] {
  return [
    `~ ${key}${name ? `  name: ${value(name.from)} -> ${value(name.to)}` : ''}`,
    ...renderList(aliases, (alias) => `alias ${value(alias)}`).map((line) => `    ${line}`),
  ];
}

function value(each: unknown): string {
  return each === undefined ? '(none)' : shorten(JSON.stringify(each), VALUE_WIDTH);
}

export function renderReplay({ events, changed, changes }: ReplayReport): string {
  const lines = changes.flatMap(({ from, to, count, examples }) => [
    `${String(count).padStart(6)}  ${from === to ? `${from}: another resolution` : `${from} -> ${to}`}`,
    ...examples.map(({ id, app, message }) => {
      const who = [id, app].filter((part) => part !== null).map((part) => shorten(part, 30));
      return `          ${who.length > 0 ? `[${who.join(' ')}] ` : ''}${shorten(message, VALUE_WIDTH)}`;
    }),
  ]);
  return `${changed} of ${events} replayed events get another answer\n${lines.map((line) => `${line}\n`).join('')}`;
}
