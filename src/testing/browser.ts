/** A real Chromium: that of the system when there is one, else the one that npm brings. */
import { existsSync } from 'node:fs';
import chromiumPackage from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const SYSTEM = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  // Reports of a page's policy come within moments instead of a minute.
  '--short-reporting-delay',
];

/** @param options.remembersPages Back shows a page as it was left, where the page allows it */
export const startBrowser = async ({
  remembersPages = false,
}: { remembersPages?: boolean } = {}): Promise<Browser> => {
  const found = SYSTEM.find((file) => file && existsSync(file));
  const executablePath = found ?? (await chromiumPackage.executablePath());
  return chromium.launch({
    executablePath,
    args: FLAGS,
    headless: true,
    // Off in tests otherwise.
    ...(remembersPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  });
};
