import type { LetterStatus } from '../dead-letters/filter.ts';
import type { Letter } from '../dead-letters/letter.ts';
import { TriageError } from '../errors.ts';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../events/dead-letter.ts';
import { printable } from '../render.ts';
import type { Headers } from '../transport/port.ts';
import { type DlqTarget, visitLetters } from './dlq-letters.ts';
import { timeOf } from './dlq-list.ts';
import { print } from './print.ts';

/** A terminal is not for more. */
const MAX_SHOWN_BYTES = 16_384;
const HEX_BYTES_PER_LINE = 16;

/** @throws {TriageError} `findings`, when there is no such dead letter. */
export async function showLetter({ id, ...target }: DlqTarget & { id: string }): Promise<void> {
  let found: string | undefined;
  await visitLetters(target, { ids: new Set([id]) }, (letter, status) => {
    found = describe(letter, status);
  });
  if (found === undefined) {
    throw new TriageError(
      'findings',
      `There is no dead letter ${id} in ${target.topic}: retention may have deleted it. \`triage dlq list\` shows what there is.`,
    );
  }
  await print(found);
}

function describe(letter: Letter, status: LetterStatus): string {
  const { record, reason, stage, error, app, source, attempt } = letter;
  const meaning = reason in DEAD_LETTER_REASONS ? `: ${DEAD_LETTER_REASONS[reason as DeadLetterReason]}` : '';
  const lines = [
    `Dead letter ${record.topic}:${letter.id}`,
    `Reason      ${printable(reason)}${meaning}`,
    `Error       ${printable(error)} (stage ${printable(stage)})`,
    `From        ${source === undefined ? 'another program: no source is named' : printable(`${source.topic}:${source.partition}:${source.offset}`)}`,
    `Time        ${timeOf(record.timestampMs)} UTC`,
    `App         ${printable(app)}`,
    `Status      ${status}${attempt === 0 ? '' : `, was sent back ${attempt} time(s) before`}`,
    `Key         ${record.key === null ? '(none)' : oneLine(record.key)}`,
    ...headerLines(record.headers),
    '',
    valueText(record.value),
  ];
  return `${lines.join('\n')}\n`;
}

function headerLines(headers: Headers): string[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map(
      (value) => `Header      ${printable(name)}: ${oneLine(value ?? '')}`,
    ),
  );
}

function oneLine(value: Buffer | string): string {
  return typeof value === 'string' || isText(value) ? printable(value.toString()) : `0x${value.toString('hex')}`;
}

/** A character cut at the end is no sign of binary data. */
function isText(bytes: Buffer): boolean {
  const text = bytes.toString();
  return !(bytes.length >= MAX_SHOWN_BYTES ? text.slice(0, -3) : text).includes('\ufffd') && !text.includes('\0');
}

function valueText(value: Buffer | null): string {
  if (value === null) return '(no value)';
  const shown = value.subarray(0, MAX_SHOWN_BYTES);
  const more = value.length > shown.length ? `\n... (${value.length} bytes in all)` : '';
  return (isText(shown) ? shown.toString().split(/\r?\n/).map(printable).join('\n') : hex(shown)) + more;
}

function hex(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_BYTES_PER_LINE) {
    const part = bytes.subarray(at, at + HEX_BYTES_PER_LINE);
    const codes = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = [...part].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${codes.padEnd(HEX_BYTES_PER_LINE * 3)} ${text}`);
  }
  return lines.join('\n');
}
