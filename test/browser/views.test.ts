/** Every view, with what people look for in it. */
import { expect, it } from 'vitest';
import type { ConnectorList } from '../../src/dashboard/schema/connectors.ts';
import type { UnclassifiedDetail, UnclassifiedList } from '../../src/dashboard/schema/unclassified.ts';
import { answerOf, describeInBrowser, openPage, served } from './browser.ts';
import { HOSTILE, scene, timeoutOf } from './scene.ts';
import { Stage } from './stage.ts';

const END_MS = Date.parse('2026-11-24T12:00:00Z');

describeInBrowser('the overview', () => {
  it('begins with what fails, in words, with what to do', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const page = await openPage(url);
    const first = page.locator('.rows tbody tr').first();
    await first.waitFor();
    expect(await first.locator('td').allInnerTexts()).toEqual([
      expect.stringMatching(/^failing\s+for 9 min$/),
      expect.stringMatching(/^box-eu-1\s+Box$/),
      '8 /min',
      '',
      expect.stringMatching(/^Box refused the refresh token\s+100 % · box\.refresh-token-invalid$/),
      expect.stringMatching(/^Reconnect\s+by the customer$/),
      expect.stringMatching(/^1 min ago$/),
    ]);
    const states = await page.locator('.rows .state').allInnerTexts();
    const rank = ['failing', 'degraded', 'healthy'];
    expect(states.map((state) => rank.indexOf(state))).toEqual(states.map((state) => rank.indexOf(state)).sort());
    expect(new Set(states)).toEqual(new Set(rank));
  });

  it('says the totals, marks spikes in the chart, and has its figures as a table', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const page = await openPage(url);
    await page.locator('.legend a').first().waitFor();
    expect(await page.locator('#totals').innerText()).toMatch(/Running[\s\S]*420 ms[\s\S]*Failing\s+11\s*of 21/);
    expect(await page.locator('.spikes').innerText()).toBe(
      'Spikes: Box refused the refresh token, 11:50 to now: up to 22/min, usually 0.4/min.',
    );
    expect(await page.locator('.legend tbody tr').first().innerText()).toMatch(
      /Box refused the refresh token\s+22\/min\s+201/,
    );
    await page.getByRole('button', { name: '24h' }).click();
    await expect.poll(() => page.locator('.legend tbody tr').first().innerText()).toMatch(/264$/);
  });

  it('says the date of times that are not of today', async () => {
    const stage = new Stage({ startMs: END_MS - 2 * 86_400_000 });
    stage.nowMs = END_MS - 23 * 3_600_000;
    stage.add([timeoutOf('c-1')]);
    stage.nowMs = END_MS - 60_000;
    stage.add([timeoutOf('c-1')]);
    stage.setLag(5);
    stage.nowMs = END_MS;
    const page = await openPage(await served(stage));
    await expect.poll(() => page.locator('.foot').innerText()).toContain('2 records since 2026-11-22 12:00:00:');
    expect(await page.locator('.notice').innerText()).toMatch(/last records finished at 11:59:00\.$/);
    await page.getByRole('button', { name: '24h' }).click();
    await expect.poll(() => page.locator('.legend tbody tr').first().innerText()).toMatch(/\s2$/);
    await page.locator('.canvas').focus();
    await page.keyboard.press('ArrowLeft');
    const moment = page.locator('.legend th').nth(1);
    expect(await moment.innerText()).toMatch(/^At 11:/);
    for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowLeft');
    expect(await moment.innerText()).toMatch(/^At 2026-11-23 2\d:/);
  });

  it('filters, with the filter in the address to share', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const page = await openPage(url);
    const names = () => page.locator('.rows .c-name a').allInnerTexts();
    await page.getByLabel('Search').fill('EU-1');
    await page.getByRole('combobox', { name: 'App' }).selectOption('box');
    await expect.poll(names).toEqual(['box-eu-1']);
    expect(new URL(page.url()).search).toBe('?q=EU-1&app=box');
    await page.reload();
    await expect.poll(names).toEqual(['box-eu-1']);
    expect(await page.getByRole('combobox', { name: 'App' }).inputValue()).toBe('box');
    await page.getByLabel('Search').fill('no such connector');
    await expect.poll(() => page.locator('.list .empty').innerText()).toBe('No connector fits the filter.');
    await page.getByLabel('Search').fill('');
    await page.getByRole('combobox', { name: 'App' }).selectOption('');
    await page.getByLabel('State').selectOption('healthy');
    await expect.poll(async () => (await names()).length).toBe(5);
  });

  it('shows 5,000 connectors page by page and stays small', async () => {
    const stage = new Stage({ startMs: END_MS });
    stage.add(Array.from({ length: 5_000 }, (_, i) => timeoutOf(`c-${String(i).padStart(4, '0')}`)));
    const url = await served(stage);
    const page = await openPage(`${url}/?sort=name`);
    const range = page.locator('.range');
    await expect.poll(() => range.innerText()).toBe('1–50 of 5,000');
    await page.getByRole('button', { name: 'Next' }).click();
    await expect.poll(() => range.innerText()).toBe('51–100 of 5,000');
    expect(await page.locator('.rows .c-name a').first().innerText()).toBe('c-0050');
    expect(new URL(page.url()).search).toBe('?sort=name&offset=50');
    expect(await page.evaluate(`document.querySelectorAll('*').length`)).toBeLessThan(2_500);
    await page.getByLabel('Search').fill('c-4321');
    await expect.poll(() => range.innerText()).toBe('1–1 of 1');
  });

  it('says how to send a record when there are none, with one that the catalog knows', async () => {
    const url = await served(new Stage({ startMs: END_MS }));
    const page = await openPage(url);
    const command = await page.locator('.empty pre').innerText();
    const { app, message } = JSON.parse(/'(\{.*\})'/.exec(command)![1]!) as { app: string; message: string };
    await page.goto(`${url}/try`);
    await page.getByLabel('Message').fill(message);
    await page.getByLabel('App').selectOption(app);
    await page.getByRole('button', { name: 'Explain' }).click();
    await expect.poll(() => page.locator('.verdict').innerText()).toBe('Box refused the refresh token');
  });
});

describeInBrowser('the view of a connector', () => {
  it('says since when it fails and why, what it has and what to do', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const { rows } = await answerOf<ConnectorList>(url, '/connectors?q=box-eu-1');
    const page = await openPage(`${url}/connectors/${rows[0]!.key}`);
    await page.locator('.status-line').waitFor();
    const text = await page.locator('main').innerText();
    expect(text).toMatch(/box-eu-1\s+failing\s+for 9 min 2 or more errors within 30 minutes/);
    expect(text).toMatch(/Connect Box to Defender for Cloud Apps again\.[\s\S]*Reconnect\s+by the customer/);
    expect(await page.locator('mark').first().innerText()).toContain('Invalid refresh token');
    expect(await page.title()).toBe('box-eu-1 – connector-triage');
  });

  it('says that there is none', async () => {
    const url = await served(new Stage({ startMs: END_MS }));
    const page = await openPage(`${url}/connectors/0`, { expected: /status of 404/ });
    await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/^There is no connector "0"/);
  });
});

describeInBrowser('the views of error types', () => {
  it('list those seen, or the whole catalog, and lead to one and back', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const page = await openPage(`${url}/error-types?q=box`);
    const link = page.getByRole('link', { name: 'Box refused the refresh token' });
    expect(await page.locator('tr', { has: link }).innerText()).toContain('spike');
    await link.click();
    await page.locator('.status-line').waitFor();
    expect(new URL(page.url()).pathname).toBe('/error-types/box.refresh-token-invalid');
    const text = await page.locator('main').innerText();
    expect(text).toContain('Box no longer accepts the refresh token of the connector');
    expect(text).toContain('Open the connectors page');
    expect(text).toMatch(/Who\s+the customer\s+Retry\s+not worth it/);
    expect(text).toMatch(/First seen\s+2 h 48 min ago\s+Last seen\s+1 min ago/);
    expect(text).toMatch(/Connectors \(4\)[\s\S]*box-eu-1[\s\S]*Tenants \(5\)[\s\S]*tenant-of-box-eu-1/);
    expect(await page.locator('mark').count()).toBe(5);
    await page.goBack();
    await link.waitFor();
    await page.getByLabel('Show').selectOption('all');
    await page.getByLabel('Search').fill('');
    await expect.poll(() => page.locator('.range').innerText()).toMatch(/of 36$/);
  });
});

describeInBrowser('the views of unclassified messages', () => {
  it('lead to a draft of an entry, which is copied as the API gives it', async () => {
    const url = await served(scene({ endMs: END_MS }));
    const { rows, total } = await answerOf<UnclassifiedList>(url, '/unclassified?q=Jira');
    const { draft } = await answerOf<UnclassifiedDetail>(url, `/unclassified/${rows[0]!.fingerprint}`);
    const page = await openPage(`${url}/unclassified`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByLabel('Search').fill('Jira');
    await page
      .getByRole('link', { name: /^Jira search failed/ })
      .first()
      .waitFor();
    await expect.poll(() => page.locator('.range').innerText()).toBe(`1–${total} of ${total}`);
    await page.locator('.rows a').first().click();
    await page.getByRole('button', { name: 'Copy as catalog entry' }).click();
    await expect.poll(() => page.locator('.said').innerText()).toBe('Copied.');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(draft.yaml);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    expect((await download).suggestedFilename()).toBe('atlassian.yaml');
  });
});

describeInBrowser('a message that is tried', () => {
  it('is explained as the pipeline would classify it, secrets replaced', async () => {
    const url = await served(new Stage({ startMs: END_MS }));
    const page = await openPage(`${url}/try`);
    await page.getByLabel('Message').fill('invalid_grant: Invalid refresh token for jane@example.com');
    await page.getByLabel('App').selectOption('box');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.verdict').waitFor();
    expect(await page.locator('.result mark').innerText()).toBe('invalid_grant: Invalid refresh token');
    const text = await page.locator('.result').innerText();
    expect(text).toContain('[redacted:email]');
    expect(text).toContain('box.refresh-token-invalid');
    expect(text).toMatch(/What to do\n+Connect Box/);
    await page.getByLabel('Message').fill('something new');
    await page.getByRole('button', { name: 'Explain' }).click();
    await expect.poll(() => page.locator('.verdict').innerText()).toBe('No entry fits');
  });

  it('that is not explained leaves no explanation of another one standing', async () => {
    const url = await served(new Stage({ startMs: END_MS }));
    const page = await openPage(`${url}/try`, { expected: /Failed to load resource/ });
    const explain = async (message: string) => {
      await page.getByLabel('Message').fill(message);
      await page.getByRole('button', { name: 'Explain' }).click();
    };
    await explain('invalid_grant: Invalid refresh token');
    await page.locator('.verdict').waitFor();
    await page.route('**/api/v1/explain', (route) => route.abort());
    await explain('something new');
    await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/^The service does not answer/);
    expect(await page.locator('.result').innerText()).toBe('');
    await page.unroute('**/api/v1/explain');
    await explain('something new');
    await page.locator('.verdict').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await explain(' ');
    expect(await page.getByRole('alert').innerText()).toContain('found an empty text');
    expect(await page.locator('.result').innerText()).toBe('');
  });

  it('of 1 MB or none is refused in a sentence, without asking', async () => {
    const url = await served(new Stage({ startMs: END_MS }));
    const page = await openPage(`${url}/try`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.method()));
    await page.getByRole('button', { name: 'Explain' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('found an empty text');
    await page.getByLabel('Message').fill('x'.repeat(1_048_576));
    await page.getByRole('button', { name: 'Explain' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Expected at most 32,768 characters, found 1,048,576');
    expect(asked).not.toContain('POST');
  });
});

describeInBrowser('hostile texts', () => {
  it('are shown as text, with what is hidden in them made visible', async () => {
    const stage = scene({ endMs: END_MS });
    stage.add([
      {
        severity: 'error',
        app: HOSTILE,
        connector_id: `\u202e${'x'.repeat(1_000_000)}`,
        message: `${HOSTILE} ${'y'.repeat(1_000_000)}`,
      },
    ]);
    const url = await served(stage);
    const { rows } = await answerOf<ConnectorList>(url, '/connectors?q=img');
    const groups = await answerOf<UnclassifiedList>(url, '/unclassified?q=img');
    const page = await openPage(`${url}/?q=img`);
    const check = async () => {
      expect(await page.locator('main img, main script, main [onerror]').count()).toBe(0);
      expect(await page.title()).toMatch(/ – connector-triage$/);
      // The label of a field may hold it, as it was typed; nothing that is shown may.
      expect(await page.locator('main').innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u0000]/);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    };
    await page.locator('.rows tbody tr').first().waitFor();
    expect(rows.length).toBeGreaterThan(0);
    await check();
    for (const { key } of rows) {
      await page.goto(`${url}/connectors/${key}`);
      await page.locator('.status-line').waitFor();
      await check();
    }
    for (const { fingerprint } of groups.rows) {
      await page.goto(`${url}/unclassified/${fingerprint}`);
      await page.locator('.draft').waitFor();
      expect(await page.locator('.hidden-char').first().innerText()).toBe('U+202E');
      await check();
    }
    await page.goto(`${url}/try`);
    await page.getByLabel('Message').fill(HOSTILE);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.verdict').waitFor();
    expect(await page.locator('.result .hidden-char').allInnerTexts()).toEqual([
      'U+202E',
      'U+202C',
      'U+200B',
      'U+0000',
    ]);
    await check();
  });
});
