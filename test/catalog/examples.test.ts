import { describe, expect, it } from 'vitest';
import { checkCatalog } from '../../src/catalog/check.ts';
import { checkExamples } from '../../src/catalog/check-examples.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { ALL_APPS } from '../../src/catalog/schema.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { catalogOf } from '../matcher/catalogs.ts';

const matcher = compile(loadCatalog(BUNDLED_CATALOG));

function answerTo(text: string, app: string): { id?: string; confidence?: string } {
  const found = matcher.classify(text, matcher.resolveApp(app === ALL_APPS ? undefined : app));
  return found.kind === 'match' ? { id: found.match.entry.id, confidence: found.match.confidence } : {};
}

describe.each(matcher.catalog.entries)('$id', (entry) => {
  it.each(entry.examples.match)('is given for %s', (example) => {
    expect(answerTo(example, entry.app).id).toBe(entry.id);
  });

  it.each(entry.examples.noMatch)('is not given for %s', (example) => {
    const { id, confidence } = answerTo(example, entry.app);
    expect(id === entry.id && confidence !== 'inferred').toBe(false);
  });
});

describe('the check', () => {
  it('finds nothing in the bundled catalog', () => {
    expect(checkCatalog(matcher)).toEqual([]);
  });

  it('says which entry an example gives instead, and which near miss is caught', () => {
    const catalog = catalogOf({ id: 'box.a', patterns: ['one two'] }, { id: 'box.b', patterns: ['one two three'] });
    const [a, b] = catalog.entries;
    const entries = [
      { ...a!, examples: { match: ['one two three', 'nothing'], noMatch: [] } },
      { ...b!, examples: { match: ['one two three'], noMatch: ['One: two, three!'] } },
    ];
    const messages = checkExamples(compile({ ...catalog, entries })).map((finding) => finding.message);
    expect(messages).toEqual([
      expect.stringContaining('box.a: the example "one two three" gives box.b'),
      expect.stringContaining('box.a: the example "nothing" matches nothing'),
      expect.stringContaining('box.b: the near miss "One: two, three!" matches'),
    ]);
  });
});
