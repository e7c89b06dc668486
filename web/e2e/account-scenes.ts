/** The pages of people's own accounts and of a first set-up, on the second desk. */
import { press } from './press.ts';
import type { Scene } from './scenes.ts';

const go =
  (path: string): Scene['open'] =>
  (page, { elsewhere }) =>
    page.goto(`${elsewhere.url}/staff/${path}`);

/** The page that an empty form of it leads to. */
const sendEmpty =
  (path: string, action = path): Scene['open'] =>
  async (page, { elsewhere }) => {
    await page.goto(`${elsewhere.url}/staff/${path}`);
    await press(page, `form[action^="/staff/${action}"] [type="submit"]`);
  };

const scene = (name: string, open: Scene['open'], rest: Partial<Scene> = {}): Scene => ({
  name,
  who: 'elsewhere',
  open,
  ...rest,
});

const WRONG = { status: 422, problems: true } as const;

const goPortal =
  (path: string): Scene['open'] =>
  (page, { elsewhere }) =>
    page.goto(`${elsewhere.url}/${path}`);

export const ACCOUNT_SCENES: Scene[] = [
  scene('own account of an applicant', goPortal('account')),
  scene('own account, another session ended', goPortal('account?notice=sessions_ended')),
  scene('account', go('account')),
  scene('account, last factor kept', go('account?notice=last_factor')),
  scene(
    'account, malformed e-mail address',
    async (page, { elsewhere }) => {
      await page.goto(`${elsewhere.url}/staff/account`);
      await page.locator('#email').fill('name@');
      await press(page, 'form[action="/staff/account/mail"] [type="submit"]');
    },
    WRONG,
  ),
  scene('account, password', go('account/password')),
  scene('account, password, nothing typed', sendEmpty('account/password'), WRONG),
  scene('account, one-time codes', go('account/totp')),
  scene('account, one-time codes, nothing typed', sendEmpty('account/totp'), WRONG),
  scene('account, rename passkey', (page, { elsewhere }) =>
    page.goto(`${elsewhere.url}/staff/account/passkeys/${elsewhere.passkey}/name`),
  ),
  scene(
    'account, rename passkey, nothing typed',
    async (page, { elsewhere }) => {
      await page.goto(`${elsewhere.url}/staff/account/passkeys/${elsewhere.passkey}/name`);
      await page.locator('#name').fill('');
      await press(page, 'form[action$="/name"] [type="submit"]');
    },
    WRONG,
  ),
  scene('account, recovery codes', go('account/recovery-codes?notice=setup_done')),
  scene('account, new recovery codes', sendEmpty('account/recovery-codes')),
  scene('first set-up', go('account'), { who: 'starter' }),
  scene('first set-up, password', go('account/password'), { who: 'starter' }),
  scene('first set-up, one-time codes', go('account/totp'), { who: 'starter' }),
  scene('second factor, recovery code', go('second-factor/recovery')),
  scene('second factor, recovery code, nothing typed', sendEmpty('second-factor/recovery'), WRONG),
];

/** The own account of an applicant, where a code is asked for before the other sessions end. */
const askForCode: Scene['open'] = async (page, { elsewhere }) => {
  await page.goto(`${elsewhere.url}/account`);
  await press(page, 'form[action$="/end-others"] [type="submit"]');
};

export const ACCOUNT_SCENES_WITH_SCRIPTS: Scene[] = [
  scene('own account, code before sessions end', askForCode, { script: 'optional' }),
  scene(
    'own account, code before sessions end, nothing typed',
    async (page, stage, language) => {
      await askForCode(page, stage, language);
      await press(page, 'form[action^="/account/confirm?"] [type="submit"]');
    },
    { ...WRONG, script: 'optional' },
  ),
  scene('account, add passkey', go('account/passkeys'), { script: 'optional' }),
  scene(
    'account, passkey refused',
    async (page, { elsewhere }) => {
      await page.goto(`${elsewhere.url}/staff/account/passkeys`);
      // As the script does it, with no answer.
      await Promise.all([
        page.waitForEvent('load'),
        page.evaluate('document.querySelector("[data-passkey]").submit()'),
      ]);
    },
    { ...WRONG, script: 'needed' },
  ),
  scene('account, who asks', go('account/confirm?next=totp'), { script: 'optional' }),
  scene(
    'account, who asks, not recognised at the provider',
    go('account/confirm?next=totp&notice=not_confirmed'),
    { script: 'optional' },
  ),
  scene('account, who asks, nothing typed', sendEmpty('account/confirm', 'account/confirm?'), {
    ...WRONG,
    script: 'optional',
  }),
  scene('second factor with a passkey', go('second-factor'), { script: 'optional' }),
  scene('second factor with a passkey, nothing typed', sendEmpty('second-factor'), {
    ...WRONG,
    script: 'optional',
  }),
];
