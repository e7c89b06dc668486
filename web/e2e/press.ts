import type { Page } from 'playwright-core';

/** The page that the button leads to, or the one that a script draws in its place. */
export const press = async (page: Page, selector: string): Promise<void> => {
  const before = await page.locator('main').elementHandle();
  const redrawn = before?.waitForElementState('hidden').catch(() => new Promise<never>(() => {}));
  await Promise.all([
    Promise.race([page.waitForEvent('load'), redrawn]),
    page.locator(selector).first().click(),
  ]);
  await page.waitForLoadState('load');
};
