/** What changes while the page is open, and what it says when nothing comes any more. */
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { compile } from '../../src/matcher/matcher.ts';
import { describeInBrowser, openPage, seriousProblems, served } from './browser.ts';
import { scene, timeoutOf } from './scene.ts';
import { Stage } from './stage.ts';

const END_MS = Date.parse('2026-11-24T12:00:00Z');
/** The browser says so itself when a request fails. */
const FAILED = /Failed to load resource|ERR_/;

/** For `prepare`: views do not ask again every 30 s, so that what they show comes by the news. */
async function withoutAging(page: Page): Promise<void> {
  await page.addInitScript(`{
    const { setInterval } = window;
    window.setInterval = (run, ms) => (ms < 30_000 ? setInterval(run, ms) : 0);
  }`);
}

const names = (page: Page) => page.locator('.rows .c-name a').allInnerTexts();

describeInBrowser('an open page', () => {
  it('shows new errors, connectors and spikes without being loaded again', async () => {
    const stage = scene({ endMs: END_MS });
    const page = await openPage(await served(stage));
    await page.locator('.rows tbody tr').first().waitFor();
    const totals = page.locator('.foot');
    const before = await totals.innerText();
    for (let i = 0; i < 5; i++) {
      stage.nowMs += 60_000;
      stage.add(Array.from({ length: 60 }, () => ({ ...timeoutOf('new-one'), app: 'okta' })));
    }
    await expect.poll(() => names(page).then(([first]) => first)).toBe('new-one');
    expect(await totals.innerText()).not.toBe(before);
    await expect.poll(() => page.locator('.spikes').innerText()).toMatch(/did not answer in time|timed out/i);
    expect(await page.locator('.rows tbody tr').first().innerText()).toMatch(/^failing/);
  });

  it('does not move rows under the pointer, and says that their order waits', async () => {
    const stage = new Stage({ startMs: END_MS });
    stage.add(['b', 'b', 'a'].map((id) => timeoutOf(id)));
    const page = await openPage(await served(stage));
    await expect.poll(() => names(page)).toEqual(['b', 'a']);
    await page.locator('.rows tbody tr').nth(1).hover();
    stage.nowMs += 1_000;
    stage.add(Array.from({ length: 20 }, () => timeoutOf('a')));
    await expect.poll(() => page.locator('.held').innerText()).toMatch(/^Order kept/);
    expect(await names(page)).toEqual(['b', 'a']);
    expect(await page.locator('.rows tbody tr').nth(1).innerText()).toMatch(/^failing/);
    await page.mouse.move(0, 0);
    await expect.poll(() => names(page)).toEqual(['a', 'b']);
    expect(await page.locator('.held').innerText()).toBe('');
  });

  it('does not move the row that has the focus', async () => {
    const stage = new Stage({ startMs: END_MS });
    stage.add(['b', 'b', 'a'].map((id) => timeoutOf(id)));
    const page = await openPage(await served(stage));
    await expect.poll(() => names(page)).toEqual(['b', 'a']);
    await page.getByRole('link', { name: 'b', exact: true }).focus();
    stage.nowMs += 1_000;
    stage.add(Array.from({ length: 20 }, () => timeoutOf('a')));
    await expect.poll(() => page.locator('.held').innerText()).toMatch(/^Order kept/);
    expect(await names(page)).toEqual(['b', 'a']);
    await page.getByLabel('Search').focus();
    await expect.poll(() => names(page)).toEqual(['a', 'b']);
  });

  it('goes on after a filter changed in the middle of an update', async () => {
    const stage = new Stage({ startMs: END_MS });
    stage.add(['aa', 'b'].map((id) => timeoutOf(id)));
    const page = await openPage(await served(stage));
    await expect.poll(async () => (await names(page)).sort()).toEqual(['aa', 'b']);
    const held = Promise.withResolvers<void>();
    onTestFinished(() => held.resolve());
    let asked = 0;
    await page.route('**/api/v1/connectors?*', async (route) => {
      if (asked++ === 0) await held.promise;
      await route.continue();
    });
    stage.nowMs += 1_000;
    stage.add([timeoutOf('ac')]);
    await expect.poll(() => asked).toBe(1);
    await page.getByLabel('Search').fill('a');
    await expect.poll(async () => (await names(page)).sort()).toEqual(['aa', 'ac']);
    held.resolve();
    stage.nowMs += 1_000;
    stage.add([timeoutOf('ad')]);
    await expect.poll(async () => (await names(page)).sort()).toEqual(['aa', 'ac', 'ad']);
    expect(await page.getByRole('alert').allInnerTexts()).not.toContain(expect.stringContaining('abort'));
  });

  it('shows what another catalog says as soon as that takes over', async () => {
    const stage = scene({ endMs: END_MS });
    const url = await served(stage);
    const page = await openPage(`${url}/error-types/box.refresh-token-invalid`);
    const title = page.locator('h1');
    await expect.poll(() => title.innerText()).toBe('Box refused the refresh token');
    const { catalog } = stage.matcher;
    const entries = catalog.entries.map((entry) =>
      entry.id === 'box.refresh-token-invalid' ? { ...entry, title: 'Box says no', description: 'Said anew.' } : entry,
    );
    const apps = [...catalog.apps, { ...catalog.apps[0]!, key: 'acme', name: 'Acme' }];
    stage.matcher = compile({ ...catalog, digest: 'of another one', entries, apps });
    await expect.poll(() => title.innerText()).toBe('Box says no');
    expect(await page.locator('main').innerText()).toContain('Said anew.');
    await page.getByRole('link', { name: 'Error types' }).first().click();
    await page.getByRole('combobox', { name: 'App' }).selectOption('acme');
    await expect.poll(() => page.locator('.list .empty').innerText()).toBe('No error type fits the filter.');
    stage.matcher = compile({ ...catalog, digest: 'of a third one', apps: catalog.apps.slice(1) });
    const options = page.getByRole('combobox', { name: 'App' }).locator('option');
    await expect.poll(() => options.allInnerTexts()).not.toContain(catalog.apps[0]!.name);
    expect(await page.getByRole('combobox', { name: 'App' }).inputValue()).toBe('acme');
  });

  it('counts what no entry fits on the page of that, however few these are', async () => {
    const stage = new Stage({ startMs: END_MS });
    const unknown = { severity: 'error', app: 'box', message: 'never seen before' };
    const { entries } = stage.matcher.catalog;
    const known = entries.slice(0, 20).map(({ id, examples }) => ({
      severity: 'error',
      app: id.split('.')[0],
      message: examples.match[0],
    }));
    stage.add([...known, ...known, unknown]);
    let answers = 0;
    const prepare = async (fresh: Page) => {
      await withoutAging(fresh);
      fresh.on('response', (response) => {
        if (response.url().endsWith('/api/v1/error-types/unclassified')) answers++;
      });
    };
    const page = await openPage(`${await served(stage)}/error-types/unclassified`, { prepare });
    const inAll = page.locator('.facts div', { hasText: 'In all' }).locator('dd');
    // The first one, and the one that the first snapshot asks for.
    await expect.poll(() => answers).toBe(2);
    expect(await inAll.innerText()).toBe('1');
    stage.nowMs += 1_000;
    stage.add([unknown]);
    await expect
      .poll(() => {
        // Time passes, so that the service shows that it lives: a new stream would begin with news for everybody.
        stage.nowMs += 1_000;
        return inAll.innerText();
      })
      .toBe('2');
  });

  it('keeps no more than it shows, however many connectors come', async () => {
    const stage = new Stage({ startMs: END_MS });
    const page = await openPage(await served(stage));
    const size = () => page.evaluate(`document.querySelectorAll('*').length`);
    stage.add(Array.from({ length: 60 }, (_, i) => timeoutOf(`first-${i}`)));
    await expect.poll(async () => (await names(page)).length).toBe(50);
    const before = await size();
    for (let i = 1; i <= 5; i++) {
      stage.nowMs += 11_000;
      stage.add(Array.from({ length: 600 }, (_, k) => timeoutOf(`more-${i}-${k}`)));
      const total = (60 + i * 600).toLocaleString('en');
      await expect.poll(() => page.locator('.range').innerText()).toBe(`1–50 of ${total}`);
    }
    expect(await size()).toBe(before);
  });
});

describeInBrowser('a page whose service or pipeline does not go on', () => {
  it('says that the connection is lost, greys what is old, and takes up again what comes back', async () => {
    const stage = scene({ endMs: END_MS });
    const url = await served(stage);
    const page = await openPage(url, { expected: FAILED });
    await page.locator('.rows tbody tr').first().waitFor();
    const before = await names(page);
    await stage.close();
    const notice = page.locator('.notice');
    await expect
      .poll(() => notice.allInnerTexts())
      .toEqual([
        expect.stringMatching(
          /^Connection to the service lost: what is shown is from \d\d:\d\d:\d\d \(\d+ s ago\)\. Trying again\.$/,
        ),
      ]);
    expect(await page.locator('.link-state').innerText()).toBe('Connection lost');
    expect(await page.evaluate(`getComputedStyle(document.querySelector('main')).filter`)).toBe('grayscale(1)');
    expect(await seriousProblems(page)).toEqual([]);
    expect(await names(page)).toEqual(before);
    stage.add([timeoutOf('after-the-break')]);
    await stage.open(Number(new URL(url).port));
    await expect.poll(() => page.locator('.link-state').innerText()).toBe('Live');
    expect(await notice.count()).toBe(0);
    await expect.poll(() => names(page)).toContain('after-the-break');
  });

  it('asks for the chart of a day again when the connection is back', async () => {
    const stage = new Stage({ startMs: END_MS });
    stage.add([timeoutOf('a')]);
    const url = await served(stage);
    const page = await openPage(url, { expected: FAILED, prepare: withoutAging });
    await page.locator('.link-state.live').waitFor();
    const asked = page.waitForResponse((response) => response.url().endsWith('/overview?window=24h'));
    await page.getByRole('button', { name: '24h' }).click();
    await asked;
    const total = page.locator('.legend tbody td').last();
    await expect.poll(() => total.innerText()).toBe('1');
    await stage.close();
    stage.add([timeoutOf('a')]);
    await stage.open(Number(new URL(url).port));
    await expect.poll(() => total.innerText()).toBe('2');
  });

  it('says so when the stream is open and silent', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const page = await openPage(url, {
      expected: FAILED,
      prepare: async (fresh) => {
        await fresh.clock.install();
        await fresh.route('**/api/v1/events', () => undefined);
      },
    });
    await expect.poll(() => page.locator('.link-state').innerText()).toBe('Connecting');
    await page.clock.runFor(20_000);
    expect(await page.locator('.notice').innerText()).toMatch(/^No connection to the service/);
  });

  it('says why the pipeline waits, and that it stalls', async () => {
    const stage = scene({ endMs: END_MS });
    const page = await openPage(await served(stage));
    await page.locator('.link-state.live').waitFor();
    stage.status = { phase: 'running', problems: ['publishing: no broker answers'] };
    const notice = page.locator('.notice.bad');
    await expect
      .poll(() => notice.allInnerTexts())
      .toEqual(['The pipeline is waiting: publishing: no broker answers; last records finished at 12:00:00.']);
    expect(await page.locator('#totals').innerText()).toMatch(/^Pipeline\s+Waiting/);
    stage.status = { phase: 'running', problems: [] };
    stage.setLag(1_234);
    stage.nowMs += 40_000;
    await expect
      .poll(() => notice.allInnerTexts())
      .toEqual([expect.stringMatching(/^The pipeline is stalled: records wait and none is finished/)]);
    expect(await page.locator('#totals').innerText()).toMatch(/Behind\s+1,234/);
  });

  it('leads to the form when the sign-in ended, and lets who came by it sign out', async () => {
    const stage = new Stage({ startMs: END_MS, token: 'a-token-for-this-test' });
    const page = await openPage(`${await served(stage)}/try`, { expected: /status of 401/ });
    await page.getByLabel('Token').fill('a-token-for-this-test');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.link-state.live').waitFor();
    expect(new URL(page.url()).pathname).toBe('/try');
    await page.context().clearCookies();
    await page.getByRole('textbox', { name: 'Message' }).fill('what is this?');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByLabel('Token').fill('a-token-for-this-test');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });
});
