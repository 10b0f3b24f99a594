/** A group of messages that no entry fits -> the draft of an entry, as YAML that passes the catalog's loader. */
import { Document, Scalar, visit } from 'yaml';
import { type Catalog, placeKey } from '../catalog/catalog.ts';
import { checkExamples } from '../catalog/check-examples.ts';
import { MANIFEST, parseCatalog } from '../catalog/load.ts';
import { ALL_APPS, type AppFile, type EntrySpec } from '../catalog/schema.ts';
import { appNameKey } from '../matcher/apps.ts';
import { compile } from '../matcher/matcher.ts';
import { draftPattern, filledTemplate } from './draft-pattern.ts';
import type { UnclassifiedDetail } from './schema/unclassified.ts';
import type { SeenTemplate } from './templates.ts';

type Draft = UnclassifiedDetail['draft'];

const HEAD =
  '# A draft: write title, description and resolution, look at the pattern, and replace the near misses by messages\n# that look alike and mean something else. Then run `triage catalog check`.\n';

const MAX_TITLE_CHARS = 80;
const MAX_SLUG_CHARS = 60;
/** What cannot be seen or turns text around, as `page/text.js` shows it. */
const HIDDEN = /[[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n]]/gv;
const NEAR_MISSES = ['replace this by a message that looks alike', 'and this by another one with a different meaning'];

export function draftOf(group: SeenTemplate, catalog: Catalog): Draft {
  const { app, file, isNew } = placeOf(group, catalog);
  const entry = entryOf(group, app.key, catalog);
  const whole = yamlOf({ app, entries: [entry] });
  const yaml = isNew ? `${HEAD}${whole}` : indented(`${HEAD}${yamlOf([entry])}`);
  return { file, is_new_file: isNew, yaml, problems: problemsOf(whole, catalog) };
}

/** With hidden characters by their numbers: nobody is to paste into a catalog what the page only shows the marks of. */
function yamlOf(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Scalar: (_, scalar) => {
      // Only between these quotes YAML reads numbers of characters.
      if (typeof scalar.value === 'string' && scalar.value.search(HIDDEN) >= 0) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document
    .toString({ lineWidth: 100 })
    .replace(HIDDEN, (char) => `\\U${char.codePointAt(0)!.toString(16).padStart(8, '0')}`);
}

/** What the draft's own examples say, with the catalog's words that show that a text is only quoted. */
function problemsOf(whole: string, { quoted }: Catalog): string[] {
  const alone = parseCatalog([
    { path: MANIFEST, text: 'version: 0.0.0\ndocuments: {}\n' },
    { path: 'draft.yaml', text: whole },
  ]);
  return checkExamples(compile({ ...alone, quoted })).map(({ message }) => message);
}

function entryOf(group: SeenTemplate, appKey: string, catalog: Catalog): EntrySpec {
  const example = [group.example.text, group.template].find(saysSomething) ?? group.fingerprint;
  const filled = filledTemplate(group.template);
  const other = saysSomething(filled) && filled !== example ? filled : `${example} (again)`;
  return {
    id: idOf(group, appKey, catalog),
    title: cleaned(group.template).slice(0, MAX_TITLE_CHARS).trim() || group.fingerprint,
    patterns: [draftPattern(group.template)],
    description: 'Write what happened and why.',
    resolution: {
      summary: 'Write in one sentence what mends it.',
      steps: ['Write what to do, in order.'],
      action: 'contact-support',
      owner: 'us',
      retryable: false,
    },
    examples: { match: [example, other], noMatch: NEAR_MISSES },
  };
}

function saysSomething(text: string): boolean {
  return text.trim() !== '';
}

function idOf({ template, fingerprint }: SeenTemplate, appKey: string, { entries }: Catalog): string {
  const name = slugOf(cleaned(template)) || fingerprint;
  const id = `${appKey}.${name}`;
  return entries.some((entry) => entry.id === id) ? `${id}-${fingerprint.slice(0, 6)}` : id;
}

interface Place {
  readonly app: AppFile['app'];
  readonly file: string;
  readonly isNew: boolean;
}

function placeOf({ example, fingerprint }: SeenTemplate, catalog: Catalog): Place {
  const name = example.app === null || appNameKey(example.app) === '' ? undefined : example.app.trim();
  if (name === undefined) return placeOfKey(ALL_APPS, 'All apps', catalog);
  const known = catalog.apps.find(({ key }) => key === name);
  if (known !== undefined) return placeOfKey(known.key, known.name, catalog);
  const slug = slugOf(name);
  // The file for all apps has a name, too, that no app may have.
  const isOfAll = appNameKey(name).startsWith(ALL_APPS);
  const isOwn = slug !== '' && !isOfAll && catalog.apps.every(({ key }) => key !== slug);
  const key = isOwn ? slug : `${slug || 'app'}-${fingerprint.slice(0, 6)}`;
  return placeOfKey(key, isOfAll ? key : name, catalog);
}

function placeOfKey(key: string, name: string, { places }: Catalog): Place {
  const own = places[placeKey(key, 'app')];
  if (own !== undefined) return { app: { key, name }, file: fileOf(own), isNew: false };
  const taken = new Set([MANIFEST, ...Object.values(places).map(fileOf)]);
  const file = taken.has(`${key}.yaml`) ? `${key}-app.yaml` : `${key}.yaml`;
  return { app: { key, name }, file, isNew: true };
}

/** `catalog/box.yaml:12:5` -> `box.yaml`. */
function fileOf(place: string): string {
  return place
    .replace(/:\d+:\d+$/, '')
    .split(/[\\/]/)
    .at(-1)!;
}

function cleaned(template: string): string {
  return template.replaceAll('<*>', ' ').replace(/\s+/g, ' ').trim();
}

/** Lower-case words joined by "-"; empty when there are none of plain letters and digits. */
function slugOf(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  let slug = '';
  for (const word of words.slice(0, 6)) {
    if (slug.length + 1 + word.length > MAX_SLUG_CHARS) break;
    slug += slug === '' ? word : `-${word}`;
  }
  return slug;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
