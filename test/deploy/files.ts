/** The files under test, parsed as Docker reads them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = new URL('../../', import.meta.url);

export function textOf(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');
}

/** `merge`: YAML 1.2 has no `<<`, Compose has. */
export function yamlOf<T>(path: string): T {
  return parse(textOf(path), { merge: true }) as T;
}

export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly user?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
}

export const COMPOSE = yamlOf<{ readonly services: Readonly<Record<string, ComposeService>> }>('docker-compose.yml');

/** @throws when there is no such service. */
export function service(name: string): ComposeService {
  const found = COMPOSE.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** One instruction of the Dockerfile, such as `COPY` and `src ./src`; continued lines are joined. */
export interface Instruction {
  readonly name: string;
  readonly value: string;
}

export const DOCKERFILE: readonly Instruction[] = textOf('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const at = line.indexOf(' ');
    return { name: line.slice(0, at), value: line.slice(at + 1).trim() };
  });

/** Values of the instructions with this name, from the whole file or from its last stage, the image. */
export function instructions(name: string, part: 'all' | 'image' = 'all'): string[] {
  const from = part === 'image' ? DOCKERFILE.findLastIndex((instruction) => instruction.name === 'FROM') : 0;
  return DOCKERFILE.slice(from)
    .filter((instruction) => instruction.name === name)
    .map(({ value }) => value);
}
