/** Catalog files: read, compiled, used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { CatalogError, MANIFEST, parseCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { MESSAGES } from '../corpus/messages.ts';
import { YAML_TOKENS } from '../corpus/tokens.ts';
import { mutatedBytes } from '../generators.ts';
import { type Input, partsUnder } from '../input.ts';
import { hold, type Target } from '../target.ts';

const FILES: readonly (readonly [name: string, text: string])[] = readdirSync(BUNDLED_CATALOG)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => [name, readFileSync(join(BUNDLED_CATALOG, name), 'utf8')] as const);
const MANIFEST_TEXT = FILES.find(([name]) => name === MANIFEST)![1];
/** A whole file costs too much to be read a million times. */
const SMALL_FILES = FILES.filter(([name, text]) => text.length < 2_000 && name !== MANIFEST).map(([, text]) => text);
const LARGE_FILES = FILES.filter(([name]) => name !== MANIFEST).map(([, text]) => text);

export const catalog: Target = {
  name: 'catalog',
  what: 'catalog files: loaded, compiled, asked',
  weight: 1,
  // YAML, its positions and a problem for each wrong value cost far more a byte than JSON.
  budget: { timesReference: 3_000, baseMs: 400, heapPerByte: 8_000 },
  inputs: () => {
    const app = fc.oneof(
      { weight: 9, arbitrary: mutatedBytes(SMALL_FILES, YAML_TOKENS) },
      { weight: 1, arbitrary: mutatedBytes(LARGE_FILES, YAML_TOKENS) },
    );
    const manifest = fc.oneof(
      { weight: 4, arbitrary: fc.constant(Buffer.from(MANIFEST_TEXT)) },
      { weight: 1, arbitrary: mutatedBytes([MANIFEST_TEXT], YAML_TOKENS) },
    );
    return fc
      .tuple(manifest, app, fc.option(app, { freq: 5 }))
      .map(
        ([first, second, third]): Input => [
          [`file ${MANIFEST}`, first],
          ['file a.yaml', second],
          ...(third === null ? [] : [['file b.yaml', third] as const]),
        ],
      );
  },
  open: () => ({
    run: (input) => {
      const files = partsUnder(input, 'file').map(([path, part]) => ({ path, text: part.toString() }));
      try {
        const loaded = parseCatalog(files);
        const matcher = compile(loaded);
        const found = MESSAGES.slice(0, 5).map((text) =>
          matcher.classify(text, matcher.resolveApp(loaded.apps[0]?.key)),
        );
        return [loaded, matcher, found];
      } catch (error) {
        if (!(error instanceof CatalogError)) throw error;
        const { problems } = error;
        hold(problems.length > 0, 'a catalog that cannot be loaded has problems');
        hold(
          problems.every(({ line, column, message }) => line >= 1 && column >= 1 && message !== ''),
          'a problem has a place and a sentence',
        );
        return error;
      }
    },
  }),
};
