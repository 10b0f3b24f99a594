/** A Chromium from npm: it needs no system package, but there is one for Linux only. */
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as driver } from 'playwright-core';

/**
 * Its sandbox needs rights that a container does not give; what it loads is this project's own page. In one process, as
 * the package proposes, it would end with the first page that is closed.
 */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'];

/** @throws {Error} when it cannot run on this machine. */
export async function launchChromium(): Promise<Browser> {
  chromium.setGraphicsMode = false;
  return driver.launch({ executablePath: await chromium.executablePath(), args: ARGS, headless: true });
}
