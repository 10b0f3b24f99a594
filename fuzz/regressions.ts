/** Inputs that once were findings, kept in files: each run begins with them. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from './finding.ts';
import type { Input, Part } from './input.ts';

export const REGRESSIONS: string = fileURLToPath(new URL('./regressions', import.meta.url));

/** Bytes that are UTF-8 are written as such, so that people can read them. */
type KeptPart = { readonly text: string } | { readonly utf8: string } | { readonly base64: string };

interface Kept {
  /** What it showed. */
  readonly finding: string;
  readonly parts: readonly (readonly [name: string, part: KeptPart])[];
}

export interface Regression {
  readonly file: string;
  readonly input: Input;
}

/** Sorted by name; none for a target without a folder. */
export function readRegressions(target: string, folder: string = REGRESSIONS): Regression[] {
  let names: string[];
  try {
    names = readdirSync(join(folder, target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names.sort().map((name) => {
    const file = join(folder, target, name);
    const { parts } = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    return { file, input: parts.map(([part, kept]) => [part, unpacked(kept)] as const) };
  });
}

/** Gives the file's path; equal inputs have one file. */
export function keepRegression(
  target: string,
  input: Input,
  { kind, what }: Finding,
  folder: string = REGRESSIONS,
): string {
  const parts = input.map(([name, part]) => [name, packed(part)] as const);
  const name = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
  const kept: Kept = { finding: `${kind}: ${what.split('\n')[0]!.slice(0, 300)}`, parts };
  const file = join(folder, target, `${name}.json`);
  mkdirSync(join(folder, target), { recursive: true });
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  return file;
}

function packed(part: Part): KeptPart {
  if (typeof part === 'string') return { text: part };
  const utf8 = part.toString('utf8');
  return Buffer.from(utf8).equals(part) ? { utf8 } : { base64: part.toString('base64') };
}

function unpacked(kept: KeptPart): Part {
  if ('text' in kept) return kept.text;
  return 'utf8' in kept ? Buffer.from(kept.utf8) : Buffer.from(kept.base64, 'base64');
}
