/** Apps without entries, and names that say nothing new. */
import { appNameKey } from '../matcher/apps.ts';
import { type Catalog, type CatalogApp, placeKey } from './catalog.ts';
import { type Finding, finding } from './findings.ts';

export function checkApps(catalog: Catalog): Finding[] {
  const used = new Set(catalog.entries.map(({ app }) => app));
  return catalog.apps.flatMap((app) => [
    ...(used.has(app.key) ? [] : [empty(catalog, app)]),
    ...app.aliases.flatMap((alias, i) => dead(catalog, app, alias, i)),
  ]);
}

function empty({ places }: Catalog, { key }: CatalogApp): Finding {
  return finding('empty-app', places[placeKey(key, 'app')] ?? key, `the app ${key} has no entries`);
}

function dead({ places }: Catalog, app: CatalogApp, alias: string, index: number): Finding[] {
  const names = [app.key, app.name, ...app.aliases.slice(0, index)];
  const said = appNameKey(alias);
  const earlier = names.find((name) => appNameKey(name) === said);
  if (earlier === undefined && said !== '') return [];
  const why = said === '' ? 'has no letter or digit' : `is the same name as ${JSON.stringify(earlier)}`;
  const message = `${app.key}: the alias ${JSON.stringify(alias)} ${why}`;
  return [finding('dead-alias', places[placeKey(app.key, 'aliases', index)] ?? app.key, message)];
}
