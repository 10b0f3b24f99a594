/** The list of log events against the code that logs. That every line has one is held by the loggers' types. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOG_EVENTS } from '../../src/telemetry/log-events.ts';

const SRC = new URL('../../src', import.meta.url).pathname;

/** `feed.ts` has events of another kind, those of the live page. */
const TEXTS = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('dashboard'))
  .map((file) => readFileSync(join(SRC, file), 'utf8'));

describe('LOG_EVENTS', () => {
  it('lists what the code logs, and nothing else', () => {
    const used = TEXTS.flatMap((text) => [...text.matchAll(/\bevent: '([^']+)'/g)].map(([, event]) => event!));
    expect(used.length).toBeGreaterThan(30);
    expect([...new Set(used)].sort()).toEqual(Object.keys(LOG_EVENTS).sort());
  });

  it('has their levels', () => {
    const calls = TEXTS.flatMap((text) => [
      ...text.matchAll(/logger\s*\.(debug|info|warn|error)\(\s*\{\s*event: '([^']+)'/g),
    ]);
    expect(calls.length).toBeGreaterThan(25);
    const wrong = calls.filter(([, level, event]) => !LOG_EVENTS[event!]?.levels.some((each) => each === level));
    expect(wrong.map(([, level, event]) => `${event} at ${level}`)).toEqual([]);
  });
});
