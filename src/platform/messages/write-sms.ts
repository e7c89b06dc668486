import type { Handle } from '../base/database.ts';
import type { Deps } from '../deps.ts';
import { findMessageText } from './message-texts.sql.ts';
import { fillSms, ORIGINAL_SMS } from './sms-texts.ts';
import type { SmsText, SmsValues } from './sms-texts.ts';

/** As administrators word it now; a message that is written stays as it is. */
export const writeSms = async <Text extends SmsText>(
  { config }: Pick<Deps, 'config'>,
  db: Handle,
  text: Text,
  values: SmsValues[Text],
): Promise<string> => {
  const locale = config.ORG_LOCALE;
  const own = await findMessageText(db, { text, locale });
  return fillSms(text, own?.wording ?? ORIGINAL_SMS[locale][text], values, {
    organisation: config.ORG_NAME,
    origin: config.PUBLIC_ORIGIN,
    maxParts: config.limits.smsMaxParts,
  });
};
