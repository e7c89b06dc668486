import { common } from './en/common.ts';
import { info } from './en/info.ts';
import { signIn } from './en/sign-in.ts';
import { letters } from './en/letters.ts';
import { absence } from './en/absence.ts';
import { consultation } from './en/consultation.ts';
import { staff } from './en/staff.ts';
import { account } from './en/account.ts';
import { people } from './en/people.ts';
import { administration } from './en/administration.ts';
import { audit } from './en/audit.ts';
import { api } from './en/api.ts';
import type { Text } from './fa.ts';

export const en: Text = {
  ...common,
  ...info,
  ...signIn,
  ...letters,
  ...absence,
  ...consultation,
  ...staff,
  ...account,
  ...people,
  ...administration,
  ...audit,
  ...api,
};
