import type { Page } from 'playwright-core';

/** Does `act`, and waits for the page it leads to or for the one that a script draws in its place. */
export const followTo = async (page: Page, act: () => Promise<unknown>): Promise<void> => {
  const [before] = await page.locator('main').elementHandles();
  const never = new Promise<never>(() => {});
  const redrawn = before?.waitForElementState('hidden').catch(() => never) ?? never;
  await Promise.all([Promise.race([page.waitForEvent('load'), redrawn]), act()]);
  await page.waitForLoadState('load');
};

export const press = (page: Page, selector: string): Promise<void> =>
  followTo(page, () => page.locator(selector).first().click());
