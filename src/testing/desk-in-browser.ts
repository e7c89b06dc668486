/** The whole desk, a browser, and people at it: what the journeys begin with. */
import type { Browser, Page } from 'playwright-core';
import { newMobile, newPage, signIn, staffSignIn } from '../../web/e2e/portal.ts';
import { startBrowser } from './browser.ts';
import { freePorts } from './ports.ts';
import { makeRealHome, startRealSite } from './real-site.ts';
import type { RealHome, RealSite } from './real-site.ts';
import { startDesk } from './running-desk.ts';
import type { RunningDesk } from './running-desk.ts';

export interface DeskInBrowser {
  desk: RunningDesk;
  browser: Browser;
}

type PageOptions = NonNullable<Parameters<typeof newPage>[1]>;

const STAFF_WIDTH = 1280;

export const openDesk = async (
  options?: Parameters<typeof startDesk>[0],
): Promise<DeskInBrowser> => {
  const desk = await startDesk(options);
  return { desk, browser: await startBrowser() };
};

/** Undefined: it was not opened, or not to the end. */
export const closeDesk = async ({ desk, browser }: Partial<DeskInBrowser>): Promise<void> => {
  await browser?.close();
  await desk?.remove();
};

export interface SiteInBrowser {
  browser: Browser;
  home: RealHome;
  site: RealSite;
  url: string;
}

/** The portal alone, in this process and with its database: for what needs no engine. */
export const openSite = async (
  options?: Parameters<typeof startBrowser>[0],
): Promise<SiteInBrowser> => {
  const browser = await startBrowser(options);
  const home = await makeRealHome();
  const site = await startRealSite(home, {
    env: { PORT: String(await freePorts()), RATE_LIMITS: 'off' },
    listen: true,
  });
  return { browser, home, site, url: site.config.PUBLIC_ORIGIN };
};

/** Undefined: it was not opened, or not to the end. */
export const closeSite = async ({ browser, site, home }: Partial<SiteInBrowser>): Promise<void> => {
  await browser?.close();
  await site?.stop();
  await home?.remove();
};

/** Somebody whom the desk has not seen before, signed in on a phone. */
export const openApplicant = async (
  { desk, browser }: DeskInBrowser,
  options?: PageOptions,
): Promise<{ page: Page; mobile: string }> => {
  const page = await newPage(browser, options);
  const mobile = newMobile();
  await signIn(page, desk, mobile);
  return { page, mobile };
};

/** A member of the sample organisation, signed in on a wide screen. */
export const openStaff = async (
  { desk, browser }: DeskInBrowser,
  username: string,
  options?: PageOptions,
): Promise<Page> => {
  const page = await newPage(browser, { width: STAFF_WIDTH, ...options });
  await staffSignIn(page, desk, username);
  return page;
};
