import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogEntry } from '../../src/catalog/catalog.ts';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import { Replay } from '../../src/catalog/replay.ts';
import { catalogOf } from '../matcher/catalogs.ts';

const BASE = catalogOf({ id: 'box.a', patterns: ['one', 'two'] }, { id: 'okta.b', patterns: ['three'] });

/** `BASE` with other fields in its first entry. */
function withEntry(fields: Partial<CatalogEntry>): Catalog {
  return { ...BASE, entries: BASE.entries.map((entry, i) => (i === 0 ? { ...entry, ...fields } : entry)) };
}

const FIRST = BASE.entries[0]!;
const [ONE, TWO] = [FIRST.patterns[0]!, FIRST.patterns[1]!];

describe('diffCatalogs', () => {
  it('finds nothing between equal catalogs, wherever their entries stand', () => {
    const moved = {
      ...BASE,
      entries: [...BASE.entries].reverse().map((entry) => ({ ...entry, location: 'elsewhere' })),
    };
    expect(diffCatalogs(BASE, moved)).toMatchObject({
      isEmpty: true,
      entries: { added: [], removed: [], changed: [] },
    });
  });

  it('tells a version from another, even when nothing else differs', () => {
    expect(diffCatalogs(BASE, { ...BASE, version: '1.0.1' })).toMatchObject({
      isEmpty: false,
      version: { from: '1.0.0', to: '1.0.1' },
    });
  });

  it('names entries and apps that were added and removed', () => {
    const other = catalogOf({ id: 'box.a', patterns: ['one', 'two'] }, { id: 'slack.c', patterns: ['three'] });
    const { entries, apps } = diffCatalogs(BASE, other);
    expect([entries.added.map(({ id }) => id), entries.removed.map(({ id }) => id), entries.changed]).toEqual([
      ['slack.c'],
      ['okta.b'],
      [],
    ]);
    expect([apps.added.map(({ key }) => key), apps.removed.map(({ key }) => key)]).toEqual([['slack'], ['okta']]);
  });

  it.each<[field: string, fields: Partial<CatalogEntry>]>([
    ['title', { title: 'other' }],
    ['description', { description: 'other' }],
    ['generic', { generic: true }],
    ['source', { source: { document: 'handbook', row: 2 } }],
    ['examples', { examples: { match: ['x'], noMatch: [] } }],
    ['resolution.retryable', { resolution: { ...FIRST.resolution, retryable: false } }],
    ['resolution.steps', { resolution: { ...FIRST.resolution, steps: ['other'] } }],
    ['resolution.links', { resolution: { ...FIRST.resolution, links: [] } }],
    ['patterns', { patterns: [ONE] }],
  ])('names %s as what changed in an entry', (field, fields) => {
    const diff = diffCatalogs(BASE, withEntry(fields));
    expect(diff.isEmpty).toBe(false);
    expect(diff.entries.changed.map(({ id, fields }) => [id, fields])).toEqual([['box.a', [field]]]);
  });

  it('overlooks no field, not even one that it has never heard of', () => {
    const diff = diffCatalogs(BASE, withEntry({ severity: 'high' } as Partial<CatalogEntry>));
    expect(diff.entries.changed[0]!.changes).toEqual([{ field: 'severity', from: undefined, to: 'high' }]);
  });

  it('tells added, removed, changed and reordered patterns apart', () => {
    const patternsOf = (patterns: CatalogEntry['patterns']) =>
      diffCatalogs(BASE, withEntry({ patterns })).entries.changed[0]!.patterns;
    const weak = { ...TWO, confidence: 'partial' } as const;
    const fresh = { ...ONE, text: 'four' };
    expect(patternsOf([weak, fresh])).toEqual({
      added: [fresh],
      removed: [ONE],
      changed: [{ from: TWO, to: weak }],
      reordered: false,
    });
    expect(patternsOf([TWO, ONE])).toEqual({ added: [], removed: [], changed: [], reordered: true });
  });

  it('names aliases, names and quoted cues that changed', () => {
    const cue = { before: 'rule', within: 6, verbatim: false };
    const apps = BASE.apps.map((app) => (app.key === 'box' ? { ...app, name: 'Box', aliases: ['Box.com'] } : app));
    const diff = diffCatalogs({ ...BASE, quoted: [cue] }, { ...BASE, apps, quoted: [{ ...cue, within: 7 }] });
    expect(diff.apps.changed).toEqual([
      { key: 'box', name: { from: 'box', to: 'Box' }, aliases: { added: ['Box.com'], removed: [] } },
    ]);
    expect(diff.quoted).toEqual({ added: [{ ...cue, within: 7 }], removed: [cue] });
    expect(diff.isEmpty).toBe(false);
  });
});

describe('Replay', () => {
  const event = (message: string) => ({ id: null, app: 'box', message });

  it('counts by what was and what would be given, the most frequent first, with three examples', () => {
    const replay = new Replay();
    replay.add(event('x'), FIRST, FIRST);
    replay.add(event('once'), FIRST, 'ignored');
    for (const message of ['a', 'b', 'c', 'd']) replay.add(event(message), 'unclassified', FIRST);
    expect(replay.report()).toEqual({
      events: 6,
      changed: 5,
      changes: [
        { from: 'unclassified', to: 'box.a', count: 4, examples: ['a', 'b', 'c'].map(event) },
        { from: 'box.a', to: 'ignored', count: 1, examples: [event('once')] },
      ],
    });
  });

  it('counts another resolution of the same error type, and nothing else of it', () => {
    const replay = new Replay();
    replay.add(event('a'), FIRST, { ...FIRST, resolution: { ...FIRST.resolution, owner: 'vendor' } });
    replay.add(event('b'), FIRST, { ...FIRST, title: 'other', resolution: { ...FIRST.resolution, links: [] } });
    expect(replay.report().changes).toMatchObject([{ from: 'box.a', to: 'box.a', count: 1 }]);
  });

  it('counts another value of any field of the resolution, also of one that it has never heard of', () => {
    const replay = new Replay();
    replay.add(event('a'), FIRST, {
      ...FIRST,
      resolution: { ...FIRST.resolution, page: true } as CatalogEntry['resolution'],
    });
    expect(replay.report().changed).toBe(1);
  });

  it('cuts long messages in examples', () => {
    const replay = new Replay();
    replay.add(event('x'.repeat(10_000)), FIRST, 'unclassified');
    expect(replay.report().changes[0]!.examples[0]!.message).toHaveLength(300);
  });
});
