import { common } from './fa/common.ts';
import { info } from './fa/info.ts';
import { signIn } from './fa/sign-in.ts';
import { letters } from './fa/letters.ts';
import { absence } from './fa/absence.ts';
import { consultation } from './fa/consultation.ts';
import { staff } from './fa/staff.ts';
import { account } from './fa/account.ts';
import { people } from './fa/people.ts';
import { administration } from './fa/administration.ts';
import { audit } from './fa/audit.ts';
import { api } from './fa/api.ts';

export const fa = {
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

export type Text = typeof fa;
