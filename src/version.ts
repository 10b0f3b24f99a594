/** What package.json says about this program. */
import { readFileSync } from 'node:fs';

const manifest: { version: string; engines: { node: string } } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

export const VERSION: string = manifest.version;

/** Oldest Node that the dependencies support, such as `22.12.0`. */
export const NODE_MIN: string = manifest.engines.node.replace('>=', '');
