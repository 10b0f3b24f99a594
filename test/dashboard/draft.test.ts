import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkExamples } from '../../src/catalog/check-examples.ts';
import { type CatalogFile, parseCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { draftOf } from '../../src/dashboard/draft.ts';
import { summarise } from '../../src/dashboard/observations.ts';
import { Templates } from '../../src/dashboard/templates.ts';
import { createGenerator } from '../../src/demo/generator.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { matcher } from '../pipeline/records.ts';
import { batchOf, eventOf, START_MS } from './events.ts';

/** Of the bundled catalog, few enough to be loaded hundreds of times. */
const FILES: readonly CatalogFile[] = ['catalog.yaml', 'all-apps.yaml', 'box.yaml'].map((path) => ({
  path,
  text: readFileSync(join(BUNDLED_CATALOG, path), 'utf8'),
}));
const CATALOG = parseCatalog(FILES);

function draftFor(message: string, app: string | null) {
  const text = DEFAULT_REDACTOR.text(message).slice(0, 32_768);
  const { templates: groups } = summarise(
    batchOf({ atMs: START_MS, events: [eventOf({ error_type: null, message: text, app })] }),
  );
  const templates = new Templates();
  for (const group of groups) templates.add(group, START_MS);
  return draftOf([...templates.all()][0]!, CATALOG);
}

/** The catalog with the draft where it belongs. @throws {CatalogError} */
function catalogWith({ file, is_new_file, yaml }: ReturnType<typeof draftFor>) {
  const own = FILES.find(({ path }) => path === file);
  expect(own === undefined).toBe(is_new_file);
  const changed = { path: file, text: own === undefined ? yaml : `${own.text.trimEnd()}\n${yaml}` };
  return parseCatalog([...FILES.filter((each) => each !== own), changed]);
}

describe('the draft of an entry', () => {
  it('can be pasted to the end of the file of its app', () => {
    const draft = draftFor('Upload of file 4711 failed: quota of 5 GB used up', 'box');
    expect(draft).toMatchObject({ file: 'box.yaml', is_new_file: false, problems: [] });
    expect(draft.yaml).toContain('- id: box.upload-of-file-failed-quota-of');
    const catalog = catalogWith(draft);
    const answer = compile(catalog).classify('upload of file 99 failed: quota of 7 GB used up', {
      kind: 'known',
      key: 'box',
    });
    expect(answer).toMatchObject({ kind: 'match', match: { entry: { id: 'box.upload-of-file-failed-quota-of' } } });
  });

  it('is a whole file for an app that the catalog does not know', () => {
    const draft = draftFor('cannot reach the server', 'Acme CRM');
    expect(draft).toMatchObject({ file: 'acme-crm.yaml', is_new_file: true, problems: [] });
    expect(catalogWith(draft).apps.map(({ key }) => key)).toContain('acme-crm');
  });

  it.each(['all', 'catalog', 'Box\u2122', 'BOX CRM/../..', '\u65e5\u672c', 'all-apps', '   ', '!!!'])(
    'takes no name that is taken: app %j',
    (app) => {
      expect(() => catalogWith(draftFor('cannot reach the server', app))).not.toThrow();
    },
  );

  it('belongs to all apps when the record names none', () => {
    expect(draftFor('cannot reach the server', null)).toMatchObject({ file: 'all-apps.yaml', is_new_file: false });
  });

  it('holds no secret in its pattern, so that it fits the messages as they come', () => {
    const message = 'login refused for client_secret=hunter2hunter2 at the gate of the vendor';
    const draft = draftFor(message, 'box');
    const answer = compile(catalogWith(draft)).classify(message, { kind: 'known', key: 'box' });
    expect(answer).toMatchObject({ kind: 'match' });
    expect(draft.yaml).not.toContain('hunter2');
  });

  it('writes characters that nobody sees by their numbers, and means the same text', () => {
    const hidden = ['\u202e', '\u200b', '\u0085', '\u2028', '\ufeff', '\u3164', '\ufe0f', '\u{e0041}', '\u{e0100}'];
    const message = `cannot \\${hidden.join('x')} open: "the file"`;
    const draft = draftFor(message, 'box');
    for (const char of hidden) expect(draft.yaml).not.toContain(char);
    expect(draft.yaml).toContain('\\U0000202ex\\U0000200bx');
    const entry = catalogWith(draft).entries.find(({ id }) => id.startsWith('box.cannot-'))!;
    expect(entry.examples.match[0]).toBe(message);
  });

  it.each(['\t', ' ', '\u00a0\n'])('of a message that says nothing passes the loader: %j', (message) => {
    expect(() => catalogWith(draftFor(message, 'box'))).not.toThrow();
  });

  it('says when its own examples do not hold', () => {
    const draft = draftFor('4711 4712', 'box');
    expect(draft.problems).toEqual([
      expect.stringContaining('"4711 4712" matches nothing'),
      expect.stringContaining('"0000" matches nothing'),
    ]);
    expect(() => catalogWith(draft)).not.toThrow();
  });

  it('passes the loader, whatever the message is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '{id}',
        '{foo}',
        '{... without x}',
        '<*>',
        '[redacted:token]',
        '---',
        '# x',
        ': ',
        '\n- a',
        '12',
        'word',
      ),
    );
    const message = fc.array(piece, { minLength: 1, maxLength: 80 }).map((pieces) => pieces.join('') || 'x');
    const app = fc.oneof(
      fc.constant(null),
      fc.constantFrom('box', 'all'),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(message, app, (text, name) => {
        expect(() => catalogWith(draftFor(text, name))).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  it('holds its own examples for messages as connectors write them', () => {
    const generator = createGenerator({ seed: 5, catalog: matcher.catalog, startMs: 0, eventsPerSecond: 1 });
    const messages = new Set<string>();
    while (messages.size < 40) {
      const { value, expected } = generator.next();
      if (expected !== 'unclassified') continue;
      messages.add((JSON.parse(value.toString('utf8')) as { message: string }).message);
    }
    for (const message of messages) {
      const draft = draftFor(message, 'box');
      const own = checkExamples(compile(catalogWith(draft))).map((finding) => finding.message);
      expect([message, draft.problems, own]).toEqual([message, [], []]);
    }
  });
});
