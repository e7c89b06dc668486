import type { Config } from '../config.ts';
import {
  countWithoutMobile,
  countWithoutSecondFactor,
  listStaff,
} from '../desk/staff/staff.sql.ts';
import type { DamagedStaffPart } from '../desk/staff/staff.sql.ts';
import { countOpenMails } from '../desk/letters/staff-mails.sql.ts';
import { countWithEmail } from '../desk/staff/staff-mail.sql.ts';
import { listWebhooks } from '../operations/integrations/webhooks.sql.ts';
import { findDamagedLetters } from '../operations/maintenance/damaged-letters.sql.ts';
import { opensRecord } from '../operations/maintenance/reseal.sql.ts';
import { countTypedCodes } from '../operations/maintenance/stuck-work.sql.ts';
import type { StuckWork } from '../operations/maintenance/stuck-work.ts';
import { trustsProxy } from '../operations/maintenance/trusted-proxies.ts';
import { findUntrustedProxy } from '../operations/maintenance/untrusted-proxy.sql.ts';
import { findUntypedCodes } from '../operations/maintenance/watch-codes.ts';
import type { Db } from '../platform/base/database.ts';
import { countWaitingFiles } from '../platform/files/file-scans.sql.ts';
import { countDeliveries } from '../platform/messages/delivery-receipts.sql.ts';
import {
  findLastBackup,
  findOutgoingHold,
  listWaitingMessages,
} from '../platform/messages/held-messages.sql.ts';
import { hasOwnReports } from '../platform/messages/gateways/gateway-url.ts';
import { gatewaysOf } from '../platform/messages/sms-gateway.ts';
import { composeIdentityProvider, composeScanner } from '../main/compose.ts';
import type { Deps } from '../platform/deps.ts';
import type { CommandInput } from './command.ts';

export interface Check {
  ok: boolean;
  detail: string;
}

const REQUEST_MS = 3_000;
const FIRST_SHOWN = 10;

export const checkPortal = async (url: string): Promise<Check> => {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(REQUEST_MS) });
    return { ok: response.ok, detail: `answers ${response.status}` };
  } catch {
    return { ok: false, detail: `does not answer at ${url}` };
  }
};

export const checkStuck = (found: StuckWork | string): Check => {
  if (typeof found === 'string') return { ok: false, detail: found };
  if (found.total > 0) return { ok: false, detail: `${found.total} pieces of work wait too long` };
  return { ok: true, detail: found.allFilesSeen ? 'nothing' : 'nothing, in a part of the files' };
};

const DELIVERY_DAYS = 7;
// Fewer, or a smaller share, are just phones that are switched off.
const MANY_UNDELIVERED = 10;
const UNDELIVERED_SHARE = 0.2;

export const checkSms = ({ smsGateway }: Pick<Deps, 'smsGateway'>): Check => ({
  ok: true,
  detail: gatewaysOf(smsGateway)
    .map(({ name }) => name)
    .join(', then '),
});

export const checkReceipts = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<Check> => {
  if (config.receiptSecrets.length === 0 && !hasOwnReports(config.SMS_URL))
    return { ok: true, detail: 'delivery reports are not read: SMS_RECEIPTS_SECRET is not set' };
  const { delivered, undelivered, open } = await countDeliveries(db, { days: DELIVERY_DAYS });
  const isMany =
    undelivered >= MANY_UNDELIVERED && undelivered > UNDELIVERED_SHARE * (delivered + undelivered);
  return {
    ok: !isMany,
    detail: `of the SMS of ${DELIVERY_DAYS} days ${delivered} delivered, ${undelivered} not delivered, ${open} without a report`,
  };
};

const waitingText = ({ files, oldest }: { files: number; oldest: Date | null }): string =>
  files === 0 || !oldest ? '' : `; ${files} files wait for it, since ${oldest.toISOString()}`;

export const checkScan = async (config: Config, db: Db): Promise<Check> => {
  const scanner = composeScanner(config);
  const waiting = await countWaitingFiles(db)
    .then(waitingText)
    .catch(() => '');
  if (!scanner) {
    const detail = `files are not scanned for viruses: there is no scanner${waiting}`;
    return { ok: waiting === '', detail };
  }
  try {
    return { ok: true, detail: `${await scanner.version(REQUEST_MS)}${waiting}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no answer';
    return { ok: false, detail: `the virus scanner is away, ${why}${waiting}` };
  }
};

export const checkSeal = async (db: Db): Promise<Check> => {
  if (await opensRecord(db)) return { ok: true, detail: 'this master secret opens the record' };
  return {
    ok: false,
    detail: 'the record was sealed under another master secret than SECRET_KEY_FILE holds',
  };
};

export const checkHeldMessages = async (db: Db): Promise<Check> => {
  const hold = await findOutgoingHold(db);
  if (!hold) return { ok: true, detail: 'SMS to senders are not held' };
  const [first] = await listWaitingMessages(db, 1);
  return {
    ok: false,
    detail: `SMS to senders are held since ${hold.since.toISOString()} (${hold.why}), ${first?.total ?? 0} wait: outgoing list, outgoing release`,
  };
};

// Only backups made by `backup` are known; their age is judged only if a limit is set.
export const checkBackup = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<Check> => {
  const last = await findLastBackup(db);
  const most = config.limits.backupWithinHours;
  return {
    ok: most === 0 || (last !== undefined && last.hours < most),
    detail: last
      ? `the newest was made ${last.hours} hours ago, at ${last.at.toISOString()}`
      : 'none was made with "backup"',
  };
};

export const checkWebhooks = async (db: Db): Promise<Check> => {
  const used = (await listWebhooks(db)).filter(({ disabledAt }) => disabledAt === null);
  if (used.length === 0) return { ok: true, detail: 'there are no webhooks' };
  const failing = used.filter(({ failed }) => failed > 0);
  return failing.length === 0
    ? { ok: true, detail: `${used.length} webhooks, no failed deliveries` }
    : {
        ok: false,
        detail: `${failing.map(({ id, failed }) => `${failed} deliveries to webhook ${id}`).join(', ')} were given up: webhook log, webhook redeliver`,
      };
};

export const checkMail = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<Check> => {
  const [members, { waiting, tried }] = await Promise.all([countWithEmail(db), countOpenMails(db)]);
  if (config.SMTP_URL === '')
    return {
      ok: true,
      detail:
        members === 0
          ? 'SMTP_URL is not set: staff get no e-mails'
          : `SMTP_URL is not set: ${waiting} e-mails wait, and ${members} members have an address`,
    };
  return tried === 0
    ? { ok: true, detail: `${waiting} e-mails wait; ${members} members have an address` }
    : { ok: false, detail: `the mail server did not take ${tried} e-mails; they are tried again` };
};

const DAMAGED_MS = 3_000;

export const checkLetters = async (db: Db): Promise<Check> => {
  const { looked, whole, letterIds } = await findDamagedLetters(db, { withinMs: DAMAGED_MS });
  const among = whole ? `${looked} letters` : `the newest ${looked} letters`;
  const first = letterIds.slice(0, FIRST_SHOWN).join(', ');
  return letterIds.length === 0
    ? { ok: true, detail: `of ${among} every one can be read` }
    : {
        ok: false,
        detail: `of ${among} ${letterIds.length} cannot be read: restore the rows of ${first}`,
      };
};

export const checkCodes = async (deps: Deps): Promise<Check> => {
  const { sent, typed } = await countTypedCodes(deps.db);
  const isAlarm = (await findUntypedCodes(deps)).length > 0;
  const detail = `${typed} of ${sent} users typed the sign-in code that was sent to them within an hour`;
  return {
    ok: !isAlarm,
    detail: isAlarm
      ? `${detail}: codes are requested to run up the bill, or do not arrive`
      : detail,
  };
};

export const checkProxy = async ({
  config: { trustedProxies },
  db,
}: {
  config: Pick<Config, 'trustedProxies'>;
  db: Db;
}): Promise<Check> => {
  const found = await findUntrustedProxy(db);
  if (!found || trustsProxy(trustedProxies)(found.address))
    return { ok: true, detail: 'X-Forwarded-For came from trusted proxies alone, or not at all' };
  const { address, at } = found;
  return {
    ok: false,
    detail: `X-Forwarded-For came from ${address} at ${at.toISOString()}, and all who use that proxy share one client's limits: set TRUSTED_PROXY=${[...trustedProxies, address].join(',')}`,
  };
};

export const checkSignOn = async (config: Config): Promise<Check> => {
  const provider = composeIdentityProvider(config);
  if (!provider)
    return { ok: true, detail: 'staff sign in with a password: OIDC_ISSUER is not set' };
  try {
    await provider.check();
    return { ok: true, detail: `the identity provider answers at ${config.OIDC_ISSUER}` };
  } catch {
    return { ok: false, detail: `the identity provider does not answer at ${config.OIDC_ISSUER}` };
  }
};

const REMEDIES: Record<DamagedStaffPart, string> = {
  mobile: 'the mobile number cannot be read: staff edit USERNAME --mobile NUMBER',
  totpSecret: 'the secret of one-time codes cannot be read: staff reset USERNAME --second-factor',
};

const damagedStaff = async (db: Db): Promise<string[]> =>
  (await listStaff(db)).flatMap(({ username, damaged = [] }) =>
    damaged.map((part) => `of ${username} ${REMEDIES[part].replace('USERNAME', username)}`),
  );

// A missing second factor or mobile number is reported, but is no failure.
export const checkStaff = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<Check> => {
  const roles = (await countWithoutSecondFactor(db)).filter(
    ({ role }) => role === 'reviewer' || role === 'admin',
  );
  const members = roles.map(({ role, members: count }) => `${count} ${role}`).join(', ');
  const consequence =
    config.STAFF_SECOND_FACTOR === 'required'
      ? 'they set one up at the next sign-in'
      : `STAFF_SECOND_FACTOR is ${config.STAFF_SECOND_FACTOR}`;
  const detail =
    members === ''
      ? 'every reviewer and administrator has a second factor'
      : `without a second factor: ${members}; ${consequence}`;
  const unknown = (await countWithoutMobile(db))
    .map(({ role, members: count }) => `${count} ${role}`)
    .join(', ');
  const own =
    unknown === '' ? '' : `; without a mobile number, so their own letters are unknown: ${unknown}`;
  const damaged = await damagedStaff(db);
  return {
    ok: damaged.length === 0,
    detail: [...damaged.slice(0, FIRST_SHOWN), `${detail}${own}`].join('; '),
  };
};
