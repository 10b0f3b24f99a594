/** The catalog's page as Markdown (CommonMark); no text of the catalog can become markup. */

import type { Catalog, CatalogEntry, CatalogPattern } from './catalog.ts';
import {
  type AppDocs,
  CONFIDENCE_MEANINGS,
  conditionsOf,
  countsOf,
  docsOf,
  GENERIC_NOTE,
  isSafeLink,
  PATTERN_NOTE,
  patternsOf,
  retryText,
  sourceText,
  TITLE,
  visible,
} from './docs.ts';
import { CONFIDENCES, OWNER_NAMES } from './schema.ts';

/** Of the other wordings of a condition, so many are shown. */
const MAX_INFERRED = 3;

export function toMarkdown(catalog: Catalog): string {
  const apps = docsOf(catalog);
  const blocks = [
    `# ${TITLE}`,
    `${prose(countsOf(catalog, apps))}.`,
    apps.map(contents).join('\n'),
    ...apps.flatMap(appBlocks),
    '## How sure a match is',
    CONFIDENCES.map((confidence) => `- ${confidence}: ${prose(CONFIDENCE_MEANINGS[confidence])}`).join('\n'),
    prose(PATTERN_NOTE),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function contents({ anchor, name, entries }: AppDocs): string {
  const lines = entries.map(({ id, title }) => `  - [${prose(title)}](#${id})`);
  return [`- [${prose(name)}](#${anchor})`, ...lines].join('\n');
}

function appBlocks({ anchor, name, aliases, entries }: AppDocs): string[] {
  const others = aliases.length > 0 ? [`Also called ${aliases.map(prose).join(', ')}.`] : [];
  return [`<a id="${anchor}"></a>`, `## ${prose(name)}`, ...others, ...entries.flatMap(entryBlocks)];
}

function entryBlocks(entry: CatalogEntry): string[] {
  const { id, title, generic, description, resolution } = entry;
  const source = sourceText(entry);
  const facts = [
    `Error type: ${code(id)}`,
    `Action: ${code(resolution.action)}, by ${OWNER_NAMES[resolution.owner]}`,
    `Retry: ${retryText(resolution)}`,
    ...(generic ? [`Generic: ${GENERIC_NOTE}`] : []),
    ...(source === undefined ? [] : [`Source: ${prose(source)}`]),
  ];
  return [
    `<a id="${id}"></a>`,
    `### ${prose(title)}`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    `**What happened:** ${prose(description)}`,
    `**What to do:** ${prose(resolution.summary)}`,
    resolution.steps.map((step, i) => `${i + 1}. ${prose(step)}`).join('\n'),
    ...(resolution.links?.length ? [`**Links**\n\n${resolution.links.map(link).join('\n')}`] : []),
    `**Patterns**\n\n${patternLines(entry).join('\n')}`,
  ];
}

function link({ title, url }: { title: string; url: string }): string {
  if (!isSafeLink(url)) return `- ${prose(title)}: ${code(url)}`;
  const target = new URL(url).href.replace(/[<>\\]/g, encodeURIComponent).replaceAll('&', '&amp;');
  return `- [${prose(title)}](<${target}>)`;
}

function patternLines(entry: CatalogEntry): string[] {
  const { known, inferred } = patternsOf(entry);
  const more = inferred.length - MAX_INFERRED;
  return [
    ...[...known, ...inferred.slice(0, MAX_INFERRED)].map(patternLine),
    ...(more > 0 ? [`- inferred: ${more} more wordings of the same condition`] : []),
  ];
}

function patternLine(pattern: CatalogPattern): string {
  const conditions = conditionsOf(pattern).map(prose);
  return `- ${pattern.confidence}: ${code(pattern.text)}${conditions.length > 0 ? ` (${conditions.join('; ')})` : ''}`;
}

/** One line of text that Markdown renders as it stands, wherever on a line it stands. */
export function prose(text: string): string {
  return visible(text)
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/(?<=^|\s)(#+)(?=$|\s)/g, '\\$1')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^:/, '\\:')
    .replace(/(?<![a-z0-9])(https?|ftp)(:)(?=\/\/)/gi, '$1\\:')
    .replace(/(?<![a-z0-9])(www)\./gi, '$1\\.')
    .replace(/@/g, '\\@');
}

/** A code span; its fence is longer than any run of backticks inside. */
export function code(text: string): string {
  const flat = visible(text).trim().replace(/\s+/g, ' ');
  const runs = flat.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const pad = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${flat}${pad}${fence}`;
}
