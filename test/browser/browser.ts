/** The browser of a test file, and pages in it that must not complain. */
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { messageOf } from '../../src/errors.ts';
import { launchChromium } from './launch.ts';
import type { Stage } from './stage.ts';

const browser = await browserOrNone();
afterAll(() => browser?.close());

/** `describe`, left out with a sentence where no browser can start; with CI=true that is a failure. */
export const describeInBrowser = describe.skipIf(browser === undefined);

async function browserOrNone(): Promise<Browser | undefined> {
  try {
    return await launchChromium();
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(
      `No browser can start on this machine, so the tests of the live page are left out: ${messageOf(error)}`,
    );
    return undefined;
  }
}

/** Serves the stage until the test ends, and gives its address. */
export async function served(stage: Stage): Promise<string> {
  const url = await stage.open();
  onTestFinished(() => stage.close());
  return url;
}

/** What the API of the page at `url` answers to a path of it. */
export async function answerOf<T>(url: string, path: string): Promise<T> {
  return (await (await fetch(`${url}/api/v1${path}`)).json()) as T;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Complaints of the browser that belong to the test, such as a status that is not 200. */
  readonly expected?: RegExp;
  /** Before anything is asked for. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/**
 * A page in a context of its own, ended with the test. The test fails when a script of the page fails, when the browser
 * complains (a broken content security policy, too), or when something is asked of another host.
 */
export async function openPage(address: string, { expected, prepare, ...options }: OpenOptions = {}): Promise<Page> {
  const context = await browser!.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  });
  const complaints: string[] = [];
  const complain = (text: string) => {
    if (expected === undefined || !expected.test(text)) complaints.push(text);
  };
  const page = await context.newPage();
  page.on('pageerror', ({ stack, message }) => complain(stack ?? message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complain(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(address).origin && protocol !== 'data:') complain(`asks another host: ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  await prepare?.(page);
  await page.goto(address);
  return page;
}

/** What is serious by the rules of axe-core. */
export async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
