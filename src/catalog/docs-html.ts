/** The catalog's page as one HTML file: no scripts, nothing loaded from elsewhere, everything escaped. */

import type { Catalog, CatalogEntry, CatalogPattern } from './catalog.ts';
import {
  type AppDocs,
  CONFIDENCE_MEANINGS,
  conditionsOf,
  countsOf,
  docsOf,
  GENERIC_NOTE,
  isSafeLink,
  PATTERN_NOTE,
  patternsOf,
  retryText,
  sourceText,
  TITLE,
  visible,
} from './docs.ts';
import { STYLE } from './docs-style.ts';
import { CONFIDENCES, OWNER_NAMES } from './schema.ts';

export function toHtml(catalog: Catalog): string {
  const apps = docsOf(catalog);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(TITLE)}</title>
<style>
${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the errors</a>
<header>
<h1>${escapeHtml(TITLE)}</h1>
<p>${escapeHtml(countsOf(catalog, apps))}</p>
</header>
<div class="page">
<nav aria-label="Contents">
<details class="contents">
<summary>Contents</summary>
<ul>
${apps.map(contents).join('')}<li><a href="#confidence">How sure a match is</a></li>
</ul>
</details>
</nav>
<main id="main">
${apps.map(appSection).join('')}${confidenceSection()}</main>
</div>
</body>
</html>
`;
}

function contents({ anchor, name, entries }: AppDocs): string {
  const items = entries.map(({ id, title }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(title)}</a></li>\n`);
  return `<li><a href="#${escapeHtml(anchor)}">${escapeHtml(name)}</a>
<ul>
${items.join('')}</ul>
</li>
`;
}

function appSection({ anchor, name, aliases, entries }: AppDocs): string {
  const others = aliases.length > 0 ? `<p class="aliases">Also called ${escapeHtml(aliases.join(', '))}</p>\n` : '';
  return `<section id="${escapeHtml(anchor)}" aria-labelledby="${escapeHtml(anchor)}-name">
<h2 id="${escapeHtml(anchor)}-name">${escapeHtml(name)}</h2>
${others}${entries.map(article).join('')}</section>
`;
}

function article(entry: CatalogEntry): string {
  const { id, title, generic, description, resolution } = entry;
  const source = sourceText(entry);
  const facts: readonly (readonly [string, string])[] = [
    ['Action', `<code>${escapeHtml(resolution.action)}</code>`],
    ['By', escapeHtml(OWNER_NAMES[resolution.owner])],
    ['Retry', `<span class="${resolution.retryable ? 'yes' : 'no'}">${escapeHtml(retryText(resolution))}</span>`],
    ...(generic ? [['Generic', escapeHtml(GENERIC_NOTE)] as const] : []),
    ...(source === undefined ? [] : [['Source', escapeHtml(source)] as const]),
  ];
  return `<article id="${escapeHtml(id)}">
<h3>${escapeHtml(title)}</h3>
<p class="type"><a href="#${escapeHtml(id)}"><code>${escapeHtml(id)}</code></a></p>
<h4>What happened</h4>
<p>${escapeHtml(description)}</p>
<h4>What to do</h4>
<p>${escapeHtml(resolution.summary)}</p>
<ol>
${resolution.steps.map((step) => `<li>${escapeHtml(step)}</li>\n`).join('')}</ol>
${links(resolution.links ?? [])}<dl>
${facts.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>\n`).join('')}</dl>
${patterns(entry)}</article>
`;
}

function links(all: readonly { readonly title: string; readonly url: string }[]): string {
  if (all.length === 0) return '';
  const items = all.map(({ title, url }) =>
    isSafeLink(url)
      ? `<li><a href="${escapeHtml(new URL(url).href)}" rel="noreferrer">${escapeHtml(title)}</a></li>\n`
      : `<li>${escapeHtml(title)}: <code>${escapeHtml(url)}</code></li>\n`,
  );
  return `<ul class="links">\n${items.join('')}</ul>\n`;
}

function patterns(entry: CatalogEntry): string {
  const { known, inferred } = patternsOf(entry);
  const list = (all: readonly CatalogPattern[]) => `<ul class="patterns">\n${all.map(pattern).join('')}</ul>\n`;
  const wordings = inferred.length === 1 ? '1 other wording' : `${inferred.length} other wordings`;
  const more = `<details>\n<summary>${wordings}, inferred</summary>\n${list(inferred)}</details>\n`;
  return `<h4>Patterns</h4>\n${known.length > 0 ? list(known) : ''}${inferred.length > 0 ? more : ''}`;
}

function pattern(each: CatalogPattern): string {
  const conditions = conditionsOf(each);
  const note = conditions.length > 0 ? ` <small>${escapeHtml(conditions.join('; '))}</small>` : '';
  return `<li><span class="confidence">${each.confidence}</span> <div><code>${escapeHtml(each.text)}</code>${note}</div></li>\n`;
}

function confidenceSection(): string {
  const rows = CONFIDENCES.map(
    (each) => `<div><dt>${each}</dt><dd>${escapeHtml(CONFIDENCE_MEANINGS[each])}</dd></div>\n`,
  );
  return `<section id="confidence" aria-labelledby="confidence-name">
<h2 id="confidence-name">How sure a match is</h2>
<dl>
${rows.join('')}</dl>
<p>${escapeHtml(PATTERN_NOTE)}</p>
</section>
`;
}

/** For text and for attribute values in double quotes. */
export function escapeHtml(text: string): string {
  return visible(text)
    .replaceAll('\r', ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
