/** The help desk, on the second desk. */
import { press } from './press.ts';
import type { Scene } from './scenes.ts';

const find =
  (search: string): Scene['open'] =>
  async (page, { elsewhere }) => {
    await page.goto(`${elsewhere.url}/staff/people`);
    await page.locator('#q').fill(search);
    await press(page, 'main form [type="submit"]');
  };

const openFirst: Scene['open'] = async (page, stage, language) => {
  await find('احمدی')(page, stage, language);
  await press(page, 'tbody a[href^="/staff/people/"]');
};

const scene = (name: string, open: Scene['open'], rest: Partial<Scene> = {}): Scene => ({
  name: `help desk, ${name}`,
  who: 'keeper',
  open,
  ...rest,
});

export const PEOPLE_SCENES: Scene[] = [
  scene('search', (page, { elsewhere }) => page.goto(`${elsewhere.url}/staff/people`)),
  scene('people found', find('احمدی')),
  scene('nobody found', find('هیچ‌کس')),
  scene('number of nobody', find('09120000000')),
  scene('person', openFirst),
  scene(
    'person, correction without a name',
    async (page, stage, language) => {
      await openFirst(page, stage, language);
      await page.locator('details:has(#nameBefore) summary').click();
      await press(page, 'form[action$="/name"] [type="submit"]');
    },
    { status: 422, problems: true },
  ),
  scene(
    'person, move without a number',
    async (page, stage, language) => {
      await openFirst(page, stage, language);
      await page.locator('details:has(#newMobile) summary').click();
      await press(page, 'form[action$="/moves"] [type="submit"]');
    },
    { status: 422, problems: true },
  ),
];
