/** Text for people: tables and entries, plain characters only. */
import type { CatalogEntry } from './catalog/catalog.ts';
import { retryText, sourceText } from './catalog/docs.ts';
import { OWNER_NAMES } from './catalog/schema.ts';

/** Columns as wide as their content, two spaces between; the last one is not padded. Ends with a line break. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => all.reduce((width, row) => Math.max(width, row[column]!.length), 0));
  return all.map((row) => `${renderRow(row, widths)}\n`).join('');
}

export function renderRow(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!)))
    .join('  ')
    .trimEnd();
}

/**
 * Control characters could steer the terminal of whoever reads a log, and those without width or with a direction make a text
 * look like another one: shown as a replacement, line breaks as spaces.
 */
export function printable(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

export function shorten(text: string, width: number): string {
  const flat = printable(text);
  return flat.length <= width ? flat : `${flat.slice(0, Math.max(0, width - 3))}...`;
}

export function renderEntry(entry: CatalogEntry): string {
  const { resolution } = entry;
  const source = sourceText(entry);
  const lines = [
    `Error type ${entry.id}${source === undefined ? '' : ` (${source})`}`,
    `Title      ${entry.title}`,
    `Happened   ${entry.description}`,
    `To do      ${resolution.summary}`,
    ...resolution.steps.map((step, i) => `           ${i + 1}. ${step}`),
    `Action     ${resolution.action}, by ${OWNER_NAMES[resolution.owner]}`,
    `Retry      ${retryText(resolution)}`,
    ...(resolution.links ?? []).map(({ title, url }) => `Link       ${title}: ${url}`),
  ];
  return `${lines.join('\n')}\n`;
}
