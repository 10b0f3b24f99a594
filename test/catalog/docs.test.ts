import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogEntry } from '../../src/catalog/catalog.ts';
import { toHtml } from '../../src/catalog/docs-html.ts';
import { code, prose, toMarkdown } from '../../src/catalog/docs-markdown.ts';
import { catalogOf } from '../matcher/catalogs.ts';

const BASE = catalogOf(
  { id: 'zoom.late', patterns: ['late'] },
  { id: 'all.busy', patterns: ['busy', { text: 'code {number}', confidence: 'inferred', needsApp: true }] },
  { id: 'box.gone', patterns: [{ text: 'file {...} gone', confidence: 'partial', unless: ['test'] }], generic: true },
);

/** The catalog with these texts in every place that holds free text. */
function hostile(text: string, url = 'https://example.com/'): Catalog {
  const entries = BASE.entries.map(
    (entry): CatalogEntry => ({
      ...entry,
      title: text,
      description: text,
      patterns: [{ ...entry.patterns[0]!, text }],
      resolution: { ...entry.resolution, summary: text, steps: [text], links: [{ title: text, url }] },
    }),
  );
  return { ...BASE, apps: BASE.apps.map((app) => ({ ...app, name: text, aliases: [text] })), entries };
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><script>alert(1)</script>',
  '<!-- -->]]>&lt;b&gt;',
  '&#60;script&#62;',
];

/** Names of all elements, and names of all attributes. */
function markupOf(page: string) {
  const html = page.replace(/<style>[\s\S]*?<\/style>/, '');
  const tags = [...html.matchAll(/<\/?([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g)];
  return {
    tags: new Set(tags.map(([, name]) => name)),
    attributes: new Set(tags.flatMap(([, , rest]) => [...rest!.matchAll(/([\w-]+)=/g)].map(([, name]) => name))),
    rest: html.replace(/<!doctype html>/, '').replace(/<\/?([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g, ''),
  };
}

describe('the HTML page', () => {
  it('has an anchor for every error type, and no link to an anchor that is missing', () => {
    const html = toHtml(BASE);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { id } of BASE.entries) expect(ids).toContain(id);
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });

  it('lists apps by name, those for every app last', () => {
    expect([...toHtml(BASE).matchAll(/<h2[^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual([
      'box',
      'zoom',
      'All apps',
      'How sure a match is',
    ]);
  });

  it('says everything about an entry', () => {
    const html = toHtml(hostile('plain words'));
    for (const part of ['plain words', 'retry', 'us, who run', 'worth it', 'https://example.com/', 'only the kind'])
      expect(html).toContain(part);
    const own = toHtml(BASE);
    for (const part of ['file {...} gone', 'partial', 'not with test', '1 other wording', 'names the app'])
      expect(own).toContain(part);
  });

  it.each(HOSTILE)('shows %s as text', (text) => {
    const { tags, attributes, rest } = markupOf(toHtml(hostile(text)));
    const own = markupOf(toHtml(hostile('plain')));
    expect(tags).toEqual(own.tags);
    expect(attributes).toEqual(own.attributes);
    expect(rest).not.toMatch(/[<>]/);
    expect(rest).toContain(
      text
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#39;'),
    );
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', ' JaVaScRiPt:alert(1)'])(
    'makes no link of %s',
    (url) => {
      expect(toHtml(hostile('x', url))).not.toMatch(/href="(?!#|https:)/i);
      expect(toMarkdown(hostile('x', url))).not.toMatch(/\]\(<?(?!#|<?https:)/i);
    },
  );

  it('needs nothing else: no scripts, nothing loaded', () => {
    expect(toHtml(BASE)).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
  });

  it('shows control characters and turned directions as replacements', () => {
    expect(toHtml(hostile('a\u0000b\u001bc\u202ed\ud800'))).not.toMatch(
      /[\u0000-\u0008\u000b-\u001f\u202e\ud800-\udfff]/,
    );
  });

  it('is the same whatever the order of the entries', () => {
    const turned = { ...BASE, entries: [...BASE.entries].reverse(), apps: [...BASE.apps].reverse() };
    expect(toHtml(turned)).toBe(toHtml(BASE));
    expect(toMarkdown(turned)).toBe(toMarkdown(BASE));
  });
});

describe('the Markdown page', () => {
  it('has an anchor for every link of its contents', () => {
    const page = toMarkdown(BASE);
    const anchors = [...page.matchAll(/<a id="([^"]*)">/g)].map(([, id]) => id);
    const targets = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target);
    expect(targets).toEqual(anchors);
    expect(targets).toContain('box.gone');
  });

  it.each([
    ['<b>&amp;', '&lt;b&gt;&amp;amp;'],
    ['[a](javascript:x)', '\\[a\\](javascript:x)'],
    ['![a](x)', '!\\[a\\](x)'],
    ['*a* _b_ `c` ~d~ $e$ | \\', '\\*a\\* \\_b\\_ \\`c\\` \\~d\\~ \\$e\\$ \\| \\\\'],
    ['# heading ##', '\\# heading \\##'],
    ['- item', '\\- item'],
    ['+ item', '\\+ item'],
    ['---', '\\---'],
    ['=', '\\='],
    ['12. item', '12\\. item'],
    ['12) item', '12\\) item'],
    ['> quote', '&gt; quote'],
    ['two\n\n# lines\r\n    code', 'two \\# lines code'],
    ['see https://x.test or www.x.test, a@b.test', 'see https\\://x.test or www\\.x.test, a\\@b.test'],
    ['AADSTS700082: 10.5 of C#', 'AADSTS700082: 10.5 of C#'],
  ])('writes %j as %j, which renders as it was', (text, expected) => {
    expect(prose(text)).toBe(expected);
  });

  it.each([
    ['plain', '`plain`'],
    ['a `tick`', '`` a `tick` ``'],
    ['``` three', '```` ``` three ````'],
    ['two\n\nlines', '`two lines`'],
    ['<b>', '`<b>`'],
  ])('keeps %j inside its code span', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it.each(HOSTILE)('shows %s as text', (text) => {
    const page = toMarkdown(hostile(text));
    const outsideCode = page.replace(/(`+)[^\n]*?\1/g, '').replace(/<a id="[a-z0-9.-]+"><\/a>/g, '');
    expect(outsideCode.replace(/\(<https:[^>\n]*>\)/g, '')).not.toMatch(/[<>]/);
  });
});
