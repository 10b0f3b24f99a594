/**
 * The optional dependencies bring Node 24 to a checkout. In somebody's project they would add 190 MB and put another
 * `node` in front of the user's own, so `npm pack` and `npm publish` leave them out: `prepack` takes them from
 * package.json, `postpack` puts the file back as it was. npm knows no other way: development dependencies cannot be
 * for one platform only, and what is published is package.json as it stands on the disk.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const MANIFEST = new URL('../package.json', import.meta.url);
/** The whole file, byte by byte; in a folder that neither git nor npm takes. */
const ORIGINAL = new URL('../.cache/package.json.before-pack', import.meta.url);

const [step] = process.argv.slice(2);
if (step === 'begin') begin();
else if (step === 'end') end();
else throw new Error(`expected "begin" or "end"; found ${JSON.stringify(step)}`);

function begin(): void {
  end(); // An earlier pack was interrupted.
  const original = readFileSync(MANIFEST, 'utf8');
  mkdirSync(new URL('.', ORIGINAL), { recursive: true });
  writeFileSync(ORIGINAL, original);
  writeFileSync(MANIFEST, published(original));
}

function end(): void {
  if (!existsSync(ORIGINAL)) return;
  const original = readFileSync(ORIGINAL, 'utf8');
  const current = readFileSync(MANIFEST, 'utf8');
  if (current !== original && current !== published(original)) {
    throw new Error(
      'package.json was changed while it was being packed, or after a pack that was interrupted: ' +
        'put its optionalDependencies back by hand (git diff package.json), then remove .cache/package.json.before-pack',
    );
  }
  writeFileSync(MANIFEST, original);
  rmSync(ORIGINAL);
}

function published(original: string): string {
  const { optionalDependencies: _, ...manifest } = JSON.parse(original) as Record<string, unknown>;
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
