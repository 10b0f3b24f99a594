/** `npm run screenshots`: every view of the live page as PNG files in reports/screenshots/, to be looked at one by one. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../test/browser/launch.ts';
import { HOSTILE, scene } from '../test/browser/scene.ts';
import { Stage } from '../test/browser/stage.ts';

const OUT = fileURLToPath(new URL('../reports/screenshots', import.meta.url));
const END_MS = Date.parse('2026-11-24T12:00:00Z');

const MAX_HEIGHT = 1_700;

const SCREENS = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 360, height: 740 },
} as const;

const browser = await launchChromium();
const stage = scene({ endMs: END_MS });
const url = await stage.open();
const silent = new Stage({ startMs: END_MS });
const silentUrl = await silent.open();
const { rows } = (await (await fetch(`${url}/api/v1/connectors?q=box-eu-1`)).json()) as { rows: { key: string }[] };
const unknown = (await (await fetch(`${url}/api/v1/unclassified?q=img`)).json()) as { rows: { fingerprint: string }[] };

interface Shot {
  readonly name: string;
  readonly address: string;
  /** What is there when the page is ready. */
  readonly ready: string;
  readonly act?: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: 'overview', address: '/', ready: '.legend a' },
  { name: 'overview-filtered', address: '/?state=healthy', ready: '.rows tbody tr' },
  { name: 'overview-24h', address: '/', ready: '.legend a', act: (page) => page.click('.switch button:nth-child(2)') },
  { name: 'connector', address: `/connectors/${rows[0]!.key}`, ready: '.status-line' },
  { name: 'error-types', address: '/error-types', ready: '.rows tbody tr' },
  { name: 'error-type', address: '/error-types/box.refresh-token-invalid', ready: '.legend a' },
  { name: 'unclassified', address: '/unclassified', ready: '.rows tbody tr' },
  { name: 'group', address: `/unclassified/${unknown.rows[0]!.fingerprint}`, ready: '.draft' },
  {
    name: 'try-match',
    address: '/try',
    ready: '#message',
    act: (page) => explain(page, 'ERROR poll failed: invalid_grant: Invalid refresh token (attempt 3)'),
  },
  { name: 'try-hostile', address: '/try', ready: '#message', act: (page) => explain(page, HOSTILE) },
  { name: 'empty', address: `${silentUrl}/`, ready: '.empty pre' },
  { name: 'gone', address: '/connectors/0', ready: '.problem:not([hidden])' },
];

async function explain(page: Page, message: string): Promise<void> {
  await page.fill('#message', message);
  await page.selectOption('#app', 'box');
  await page.click('button.first');
  await page.waitForSelector('.verdict');
}

async function shoot(context: BrowserContext, shot: Shot, suffix: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(new URL(shot.address, url).href);
  await page.waitForSelector(shot.ready);
  await page.waitForSelector('.link-state.live');
  await shot.act?.(page);
  const { width = 0, height = 0 } = page.viewportSize() ?? {};
  const whole = await page.evaluate('document.documentElement.scrollHeight');
  // Rows below are like those above.
  const clip = { x: 0, y: 0, width, height: Math.max(height, Math.min(Number(whole), MAX_HEIGHT)) };
  await page.screenshot({ path: join(OUT, `${shot.name}-${suffix}.png`), fullPage: true, clip });
  await page.close();
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const contexts: (readonly [BrowserContext, string])[] = [];
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    const context = await browser.newContext({ colorScheme, viewport, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    contexts.push([context, `${colorScheme}-${screen}`]);
  }
}
for (const shot of SHOTS) for (const [context, suffix] of contexts) await shoot(context, shot, suffix);
await shootLost();
await browser.close();
await silent.close();
console.log(`${SHOTS.length + 1} views in ${contexts.length} forms are in ${OUT}`);

/** The page after its service has ended, and before that, with a pipeline that waits. */
async function shootLost(): Promise<void> {
  for (const [context, suffix] of contexts) {
    stage.status = { phase: 'running', problems: ['publishing: no broker of kafka-1:9092 answers'] };
    if (contexts[0]![0] !== context) await stage.open(Number(new URL(url).port));
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForSelector('.notice.bad');
    await page.screenshot({ path: join(OUT, `waiting-${suffix}.png`) });
    await stage.close();
    await page.waitForSelector('.link-state.lost');
    await page.screenshot({ path: join(OUT, `lost-${suffix}.png`) });
    await page.close();
  }
}
