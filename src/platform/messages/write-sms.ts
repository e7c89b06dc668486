import type { Handle } from '../base/database.ts';
import { readOrganisationName } from '../base/organisation.sql.ts';
import type { Deps } from '../deps.ts';
import { findMessageText } from './message-texts.sql.ts';
import { fillSms, ORIGINAL_SMS } from './sms-texts.ts';
import type { SmsSender, SmsText, SmsValues } from './sms-texts.ts';

export const smsSender = async (
  { config }: Pick<Deps, 'config'>,
  db: Handle,
): Promise<SmsSender> => ({
  organisation: await readOrganisationName(db),
  origin: config.PUBLIC_ORIGIN,
  maxParts: config.limits.smsMaxParts,
});

/** As administrators word it now; a message that is written stays as it is. */
export const writeSms = async <Text extends SmsText>(
  { config }: Pick<Deps, 'config'>,
  db: Handle,
  text: Text,
  values: SmsValues[Text],
): Promise<string> => {
  const locale = config.ORG_LOCALE;
  const own = await findMessageText(db, { text, locale });
  return fillSms(
    text,
    own?.wording ?? ORIGINAL_SMS[locale][text],
    values,
    await smsSender({ config }, db),
  );
};
