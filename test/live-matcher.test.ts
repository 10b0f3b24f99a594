import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BUNDLED_CATALOG } from '../src/config.ts';
import { LiveMatcher, type ReloadResult } from '../src/live-matcher.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A copy of the bundled catalog, the matcher on it, and how its reloads ended. */
function start() {
  const folder = mkdtempSync(join(tmpdir(), 'triage-live-'));
  cpSync(BUNDLED_CATALOG, folder, { recursive: true });
  const results: ReloadResult[] = [];
  const waiting: (() => void)[] = [];
  const onReload = (result: ReloadResult) => {
    results.push(result);
    for (const resolve of waiting.splice(0)) resolve();
  };
  const live = new LiveMatcher({ folder, onReload });
  open.push(live, { close: () => rmSync(folder, { recursive: true }) });
  const edit = (name: string, change: (text: string) => string) => {
    const path = join(folder, name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  return { live, results, edit, nextReload: () => new Promise<void>((resolve) => waiting.push(resolve)) };
}

function answer({ live }: ReturnType<typeof start>, message: string) {
  const found = live.current.classify(message, live.current.resolveApp('slack'));
  return found.kind === 'match' ? found.match.entry.id : undefined;
}

describe('LiveMatcher', () => {
  it('takes a changed catalog into use as a whole', () => {
    const running = start();
    const before = running.live.current;
    running.edit('slack.yaml', (text) => text.replace('    patterns:\n', '    patterns:\n      - team_is_frozen\n'));
    running.live.reload();
    expect(running.results.map(({ kind }) => kind)).toEqual(['swapped']);
    expect(answer(running, 'error: team_is_frozen')).toBe('slack.discovery-api-disabled');
    expect(running.live.current.catalog.digest).not.toBe(before.catalog.digest);
    const old = before.classify('error: team_is_frozen', before.resolveApp('slack'));
    expect(old.kind).toBe('none');
  });

  it.each<[name: string, change: (text: string) => string, reason: RegExp]>([
    ['broken YAML', (text) => `${text}\n  - {`, /slack\.yaml:\d+:\d+: not valid YAML/],
    [
      'an example that does not hold',
      (text) => text.replaceAll('      - team_not_authorized\n', '      - team_is_frozen\n'),
      /its examples do not hold/,
    ],
  ])('keeps the old one for %s, and says why', (_, change, reason) => {
    const running = start();
    const before = running.live.current;
    running.edit('slack.yaml', change);
    running.live.reload();
    expect(running.results).toEqual([{ kind: 'failed', reason: expect.stringMatching(reason) }]);
    expect(running.live.current).toBe(before);
  });

  it('does nothing for a change that decides nothing', () => {
    const running = start();
    running.edit('slack.yaml', (text) => `# a comment\n${text}`);
    running.live.reload();
    expect(running.results).toEqual([{ kind: 'unchanged' }]);
  });

  it('sees changes by itself when it watches', async () => {
    const running = start();
    running.live.watch((error) => {
      throw error;
    });
    const reloaded = running.nextReload();
    running.edit('slack.yaml', (text) => text.replace('    patterns:\n', '    patterns:\n      - team_is_frozen\n'));
    await reloaded;
    expect(answer(running, 'team_is_frozen')).toBe('slack.discovery-api-disabled');
  });
});
