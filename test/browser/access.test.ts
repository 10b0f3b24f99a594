/** Who has no mouse, no bright screen, no wide one, or no sight. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { ConnectorList } from '../../src/dashboard/schema/connectors.ts';
import type { UnclassifiedList } from '../../src/dashboard/schema/unclassified.ts';
import { answerOf, describeInBrowser, openPage, seriousProblems, served } from './browser.ts';
import { HOSTILE, scene } from './scene.ts';
import { Stage } from './stage.ts';

const END_MS = Date.parse('2026-11-24T12:00:00Z');

/** Every view, opened one after the other, each when all of it is there. */
async function* viewsOf(url: string, page: Page): AsyncGenerator<string> {
  const { rows } = await answerOf<ConnectorList>(url, '/connectors?q=box-eu-1');
  const groups = await answerOf<UnclassifiedList>(url, '/unclassified?q=img');
  const views: Readonly<Record<string, string>> = {
    '/': '.legend a',
    '/?q=no-such': '.list .empty p',
    [`/connectors/${rows[0]!.key}`]: '.status-line',
    '/error-types': '.rows tbody tr',
    '/error-types/box.refresh-token-invalid': '.legend a',
    '/unclassified': '.rows tbody tr',
    [`/unclassified/${groups.rows[0]!.fingerprint}`]: '.draft',
    '/try': '#message',
  };
  for (const [path, ready] of Object.entries(views)) {
    await page.goto(url + path);
    await page.locator(ready).first().waitFor();
    await page.locator('.link-state.live').waitFor();
    yield path;
  }
  await page.fill('#message', HOSTILE);
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.locator('.verdict').waitFor();
  yield '/try with an answer';
}

describeInBrowser('every view', () => {
  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 360],
    ['dark', 360],
  ] as const)('has no serious problem of access and fits the screen (%s, %i px)', async (colorScheme, width) => {
    const url = await served(scene({ endMs: END_MS }));
    const page = await openPage(url, { colorScheme, viewport: { width, height: 740 }, reducedMotion: 'reduce' });
    for await (const view of viewsOf(url, page)) {
      expect(await seriousProblems(page), view).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(width);
      expect(await page.locator('h1').count(), view).toBe(1);
    }
  });

  it('is dark where the reader wants it dark', async () => {
    const page = await openPage(await served(new Stage({ startMs: END_MS })), { colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(13, 17, 23)');
  });
});

describeInBrowser('with the keyboard alone', () => {
  const focused = (page: Page) => page.evaluate('document.activeElement.innerText');

  it('one gets past the header, into a connector and back', async () => {
    const page = await openPage(await served(scene({ endMs: END_MS })));
    await page.locator('.rows tbody tr').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('1h');
    await page.getByLabel('Search').focus();
    for (let i = 0; i < 10 && (await focused(page)) !== 'box-eu-1'; i++) await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('box-eu-1');
    await page.keyboard.press('Enter');
    await page.locator('.status-line').waitFor();
    await expect.poll(() => focused(page)).toBe('box-eu-1');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await page.goBack();
    await page.locator('.rows tbody tr').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('one reads the chart time by time', async () => {
    const page = await openPage(await served(scene({ endMs: END_MS })));
    await page.locator('.legend a').first().waitFor();
    await page.locator('.canvas').focus();
    await page.keyboard.press('ArrowLeft');
    const moment = page.locator('.legend th').nth(1);
    expect(await moment.innerText()).toMatch(/^At 11:59:30$/);
    await page.keyboard.press('ArrowLeft');
    expect(await moment.innerText()).toMatch(/^At 11:59:00$/);
    await page.keyboard.press('Tab');
    expect(await moment.innerText()).toBe('Last 5 min');
  });

  it('one tries a message', async () => {
    const url = await served(new Stage({ startMs: END_MS }));
    const page = await openPage(`${url}/try`);
    await page.getByRole('textbox', { name: 'Message' }).focus();
    await page.keyboard.type('invalid_grant: Invalid refresh token');
    await page.keyboard.press('Control+Enter');
    await page.locator('.verdict').waitFor();
  });
});
