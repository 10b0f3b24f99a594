/** What is shown, and how news changes it, from a board with real answers. */
import { describe, expect, it } from 'vitest';
import { type OverviewInput, overviewOf } from '../../src/dashboard/overview-answer.ts';
import { frameOf } from '../../src/top/frame.ts';
import { applyNews, type View } from '../../src/top/model.ts';
import { addTo, BREAKING, eventOf, newBoard, START_MS } from '../dashboard/events.ts';

const OPTIONS = { url: 'http://127.0.0.1:9464', width: 80, rows: 100, colour: false };

function view(events: readonly ReturnType<typeof eventOf>[], status: Partial<OverviewInput['status']> = {}): View {
  const board = newBoard();
  if (events.length > 0) addTo(board, { atMs: START_MS, events });
  return overviewOf({ board, status: { phase: 'running', problems: [], ...status }, version: '1.2.3' }, '1h', START_MS);
}

const HOSTILE = eventOf({
  app: 'x\u001b[2J',
  connector_id: `\u001b]0;title\u0007${'long'.repeat(50)}`,
  error_type: null,
  message: 'never seen',
});

describe('the frame', () => {
  it('says which connector fails, with what, and what to do', () => {
    const lines = frameOf(view([eventOf(), eventOf(), HOSTILE]), OPTIONS);
    expect(lines[0]).toMatch(/^connector-triage 1\.2\.3 {2}running {2}06:00:00 UTC {2}http:\/\/127\.0\.0\.1:9464$/);
    expect(lines[1]).toMatch(/^3 records .*lag 0/);
    expect(lines.find((line) => line.includes('c-1'))).toMatch(
      new RegExp(`^failing .* c-1 +${BREAKING.slice(0, 15)}\\S* +reconnect$`),
    );
    expect(lines.find((line) => line.includes('(unclassified)'))).toMatch(/look at it$/);
  });

  it.each([80, 100, 140, 240])('keeps to %i columns, and lets no text steer the terminal', (width) => {
    const shown = view([eventOf(), HOSTILE], { problems: ['publishing waits: '.repeat(30)] });
    for (const line of frameOf(shown, { ...OPTIONS, width })) {
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
  });

  it('has what to do as a sentence where there is room', () => {
    expect(frameOf(view([eventOf()]), { ...OPTIONS, width: 200 }).join('\n')).toMatch(
      /what to do\n.*reconnect +[A-Z].* .*\./,
    );
  });

  it('has colours only when asked', () => {
    expect(frameOf(view([eventOf()]), OPTIONS).join('')).not.toContain('\u001b');
    expect(frameOf(view([eventOf(), eventOf()]), { ...OPTIONS, colour: true }).join('')).toContain(
      '\u001b[31mfailing\u001b[0m',
    );
  });

  it('says what it does not show, and that there is nothing to show', () => {
    const many = Array.from({ length: 5 }, (_, i) => eventOf({ connector_id: `c-${i}` }));
    expect(frameOf(view(many), { ...OPTIONS, rows: 2 }).at(-1)).toBe('... and 3 more');
    expect(frameOf(view([]), OPTIONS).at(-1)).toBe('no errors of any connector so far');
  });

  it('says that it is old', () => {
    const lines = frameOf(view([eventOf()]), { ...OPTIONS, problem: 'not up to date' });
    expect(lines[1]).toBe('not up to date');
  });
});

describe('news', () => {
  const before = view([eventOf({ connector_id: 'a' }), eventOf({ connector_id: 'b' })]);

  function update(rows: View['connectors']['rows'], more = false): Parameters<typeof applyNews>[1] {
    const { now, pipeline, totals, unclassified, connectors, error_types } = before;
    const changed = { counts: { ...connectors.counts, total: 3 }, changed: rows, more };
    const types = { ...error_types, changed: [], more: false };
    const tail = { start: now, step_seconds: 10, series: [], other: [] };
    return {
      kind: 'update',
      update: { now, pipeline, totals, unclassified, connectors: changed, error_types: types, tail },
    };
  }

  it('replaces rows, adds new ones, and keeps the order by need of attention', () => {
    const [first, second] = before.connectors.rows;
    const changed = [
      { ...second!, errors_per_minute: 99 },
      { ...first!, key: 'new', state: 'healthy' as const },
    ];
    const { view: after, isIncomplete } = applyNews(before, update(changed));
    expect(after.connectors.rows.map(({ key }) => key)).toEqual([second!.key, first!.key, 'new']);
    expect(after.connectors.counts.total).toBe(3);
    expect(isIncomplete).toBe(false);
  });

  it('says when more changed than was told', () => {
    expect(applyNews(before, update([], true)).isIncomplete).toBe(true);
  });

  it('says when rows that it does not know may come before the last one, or when it has too many', () => {
    const [, last] = before.connectors.rows;
    const less = { ...last!, errors_per_minute: 0 };
    expect(applyNews(before, update([])).isIncomplete).toBe(false);
    expect(applyNews(before, update([less])).isIncomplete).toBe(true);
    const fresh = [1, 2].map((i) => ({ ...last!, key: `new ${i}` }));
    expect(applyNews(before, update(fresh)).isIncomplete).toBe(true);
    expect(applyNews(before, update(fresh.slice(1))).isIncomplete).toBe(false);
  });
});
