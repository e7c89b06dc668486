import type { Config } from '../config.ts';
import type { Db } from '../platform/base/database.ts';
import { findDamagedLetters } from '../operations/maintenance/damaged-letters.sql.ts';
import { countWaitingFiles } from '../platform/files/file-scans.sql.ts';
import {
  findLastBackup,
  findOutgoingHold,
  listWaitingMessages,
} from '../platform/messages/held-messages.sql.ts';
import { countDeliveries } from '../platform/messages/delivery-receipts.sql.ts';
import {
  countWithoutMobile,
  countWithoutSecondFactor,
  listStaff,
} from '../desk/staff/staff.sql.ts';
import type { DamagedStaffPart } from '../desk/staff/staff.sql.ts';
import { countTypedCodes } from '../operations/maintenance/stuck-work.sql.ts';
import { findUntypedCodes } from '../operations/maintenance/watch-codes.ts';
import { opensRecord } from '../operations/maintenance/reseal.sql.ts';
import { findUntrustedProxy } from '../operations/maintenance/untrusted-proxy.sql.ts';
import { listWebhooks } from '../operations/integrations/webhooks.sql.ts';
import { findStuckWork } from '../operations/maintenance/stuck-work.ts';
import type { StuckPiece, StuckWork } from '../operations/maintenance/stuck-work.ts';
import { reachableHost } from '../local/ports.ts';
import { readHealth } from '../operations/maintenance/health.ts';
import { trustsProxy } from '../operations/maintenance/trusted-proxies.ts';
import {
  commandDeps,
  composeIdentityProvider,
  composeScanner,
  databaseUrl,
} from '../main/compose.ts';
import type { CommandInput, CommandResult } from './desk.ts';

const REQUEST_MS = 3_000;
const FIRST_PIECES = 10;

const withoutPassword = (url: string): string => {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
};

const checkPortal = async (url: string): Promise<{ ok: boolean; detail: string }> => {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(REQUEST_MS) });
    return { ok: response.ok, detail: `answers ${response.status}` };
  } catch {
    return { ok: false, detail: `does not answer at ${url}` };
  }
};

/** `found`: or why nothing could be found. */
const checkStuck = (found: StuckWork | string): { ok: boolean; detail: string } => {
  if (typeof found === 'string') return { ok: false, detail: found };
  if (found.total > 0) return { ok: false, detail: `${found.total} pieces of work wait too long` };
  return { ok: true, detail: found.allFilesSeen ? 'nothing' : 'nothing, in a part of the files' };
};

const DELIVERY_DAYS = 7;
/** So many, and this share of what was heard of, are more than phones that are switched off. */
const MANY_UNDELIVERED = 10;
const UNDELIVERED_SHARE = 0.2;

/** How messages fared after the gateway took them, as far as it tells. */
export const checkReceipts = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<{ ok: boolean; detail: string }> => {
  if (config.receiptSecrets.length === 0)
    return { ok: true, detail: 'delivery receipts are not read: SMS_RECEIPTS_SECRET is not set' };
  try {
    const { delivered, undelivered, open } = await countDeliveries(db, { days: DELIVERY_DAYS });
    const isMany =
      undelivered >= MANY_UNDELIVERED &&
      undelivered > UNDELIVERED_SHARE * (delivered + undelivered);
    return {
      ok: !isMany,
      detail: `of the SMS of ${DELIVERY_DAYS} days ${delivered} delivered, ${undelivered} not delivered, ${open} not heard of`,
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

const waitingWords = ({ files, oldest }: { files: number; oldest: Date | null }): string =>
  files === 0 || !oldest ? '' : `; ${files} files wait for it, since ${oldest.toISOString()}`;

/** That there is no scanner is said, so that nobody believes otherwise. */
const checkScan = async (config: Config, db: Db): Promise<{ ok: boolean; detail: string }> => {
  const scanner = composeScanner(config);
  const waiting = await countWaitingFiles(db)
    .then(waitingWords)
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

/** Is this the secret that the record was sealed under? */
export const checkSeal = async (db: Db): Promise<{ ok: boolean; detail: string }> => {
  try {
    if (await opensRecord(db)) return { ok: true, detail: 'this master secret opens the record' };
    return {
      ok: false,
      detail: 'the record was sealed under another master secret than SECRET_KEY_FILE holds',
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

/** Until the operator lets them go, nobody hears of a decision. */
export const checkOutgoing = async (db: Db): Promise<{ ok: boolean; detail: string }> => {
  try {
    const hold = await findOutgoingHold(db);
    if (!hold) return { ok: true, detail: 'SMS to senders are not held' };
    const [first] = await listWaitingMessages(db, 1);
    return {
      ok: false,
      detail: `SMS to senders are held since ${hold.since.toISOString()} (${hold.why}), ${first?.total ?? 0} wait: outgoing list, outgoing release`,
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

/** Those that `backup` made; of others the desk knows nothing, and judges nothing unless told to. */
export const checkBackup = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<{ ok: boolean; detail: string }> => {
  try {
    const last = await findLastBackup(db);
    const most = config.limits.backupWithinHours;
    return {
      ok: most === 0 || (last !== undefined && last.hours < most),
      detail: last
        ? `the newest was made ${last.hours} hours ago, at ${last.at.toISOString()}`
        : 'none was made with "backup"',
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

/** What another system was not told, and will not be unless an operator sends it again. */
export const checkWebhooks = async (db: Db): Promise<{ ok: boolean; detail: string }> => {
  try {
    const used = (await listWebhooks(db)).filter(({ disabledAt }) => disabledAt === null);
    if (used.length === 0) return { ok: true, detail: 'no other system is told of letters' };
    const failing = used.filter(({ failed }) => failed > 0);
    return failing.length === 0
      ? { ok: true, detail: `${used.length} other systems are told of letters` }
      : {
          ok: false,
          detail: `${failing.map(({ id, failed }) => `${failed} deliveries to webhook ${id}`).join(', ')} were given up: webhook log, webhook redeliver`,
        };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

const DAMAGED_MS = 3_000;

/** Can what is kept of each letter be opened? */
export const checkLetters = async (db: Db): Promise<{ ok: boolean; detail: string }> => {
  try {
    const { looked, whole, letterIds } = await findDamagedLetters(db, { withinMs: DAMAGED_MS });
    const among = whole ? `${looked} letters` : `the newest ${looked} letters`;
    const first = letterIds.slice(0, FIRST_PIECES).join(', ');
    return letterIds.length === 0
      ? { ok: true, detail: `of ${among} every one can be read` }
      : {
          ok: false,
          detail: `of ${among} ${letterIds.length} cannot be read: restore the rows of ${first}`,
        };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

/** Are the codes that are paid for typed? */
export const checkCodes = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<{ ok: boolean; detail: string }> => {
  try {
    const { sent, typed } = await countTypedCodes(db);
    const isAlarm = (await findUntypedCodes(commandDeps({ config, db }))).length > 0;
    const detail = `of ${sent} people whose sign-in code was sent within an hour ${typed} typed it`;
    return {
      ok: !isAlarm,
      detail: isAlarm
        ? `${detail}: codes are asked for to run up the bill, or do not arrive`
        : detail,
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

/** Behind a proxy that is not trusted, all people share the limits of one client. */
export const checkProxy = async ({
  config: { trustedProxies },
  db,
}: {
  config: Pick<Config, 'trustedProxies'>;
  db: Db;
}): Promise<{ ok: boolean; detail: string }> => {
  try {
    const found = await findUntrustedProxy(db);
    if (!found || trustsProxy(trustedProxies)(found.address))
      return { ok: true, detail: 'X-Forwarded-For came from trusted proxies alone, or not at all' };
    const { address, at } = found;
    return {
      ok: false,
      detail: `X-Forwarded-For came from ${address} at ${at.toISOString()}, and all who use that proxy share one client's limits: set TRUSTED_PROXY=${[...trustedProxies, address].join(',')}`,
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

const checkSignOn = async (config: Config): Promise<{ ok: boolean; detail: string }> => {
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

/** What an administrator does about what cannot be opened of a member. */
const MENDING: Record<DamagedStaffPart, string> = {
  mobile: 'the mobile number cannot be read: staff edit USERNAME --mobile NUMBER',
  totpSecret: 'the secret of one-time codes cannot be read: staff reset USERNAME --second-factor',
};

const damagedStaff = async (db: Db): Promise<string[]> =>
  (await listStaff(db)).flatMap(({ username, damaged = [] }) =>
    damaged.map((part) => `of ${username} ${MENDING[part].replace('USERNAME', username)}`),
  );

/**
 * Of those who decide and administer; that a factor or a number was not told is said, and no fault
 * by itself.
 */
export const checkStaff = async ({
  config,
  db,
}: Pick<CommandInput, 'config' | 'db'>): Promise<{ ok: boolean; detail: string }> => {
  try {
    const roles = (await countWithoutSecondFactor(db)).filter(
      ({ role }) => role === 'reviewer' || role === 'admin',
    );
    const members = roles.map(({ role, members: count }) => `${count} ${role}`).join(', ');
    const then =
      config.STAFF_SECOND_FACTOR === 'required'
        ? 'they set one up at the next sign-in'
        : `STAFF_SECOND_FACTOR is ${config.STAFF_SECOND_FACTOR}`;
    const detail =
      members === ''
        ? 'every reviewer and administrator has a second factor'
        : `without a second factor: ${members}; ${then}`;
    const unknown = (await countWithoutMobile(db))
      .map(({ role, members: count }) => `${count} ${role}`)
      .join(', ');
    const own =
      unknown === ''
        ? ''
        : `; without a mobile number, so their own letters are unknown: ${unknown}`;
    const damaged = await damagedStaff(db);
    return {
      ok: damaged.length === 0,
      detail: [...damaged.slice(0, FIRST_PIECES), `${detail}${own}`].join('; '),
    };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
};

const pieceLine = ({ kind, what, letterId, cause, since }: StuckPiece): string =>
  [
    `  ${kind} (${what})`,
    ...(letterId === null ? [] : [`letter ${letterId}`]),
    `since ${since.toISOString()}`,
    ...(cause === null ? [] : [cause]),
  ].join(' · ');

/** Asks each part by itself, so that one that is away does not hide the others. */
export const doctor = async ({ config, db, options }: CommandInput): Promise<CommandResult> => {
  const deps = commandDeps({ config, db });
  // Parts that are given seconds to answer come before the long reading of the record.
  const [{ parts }, portal, scan, signOn] = await Promise.all([
    readHealth(deps),
    checkPortal(`http://${reachableHost(config.HOST)}:${config.PORT}`),
    checkScan(config, db),
    checkSignOn(config),
  ]);
  const found = await findStuckWork(deps).catch((error: unknown) =>
    error instanceof Error ? error.message : 'no answer',
  );
  const receipts = await checkReceipts({ config, db });
  const staff = await checkStaff({ config, db });
  const seal = await checkSeal(db);
  const codes = await checkCodes({ config, db });
  const outgoing = await checkOutgoing(db);
  const backup = await checkBackup({ config, db });
  const webhooks = await checkWebhooks(db);
  const proxy = await checkProxy({ config, db });
  const letters = await checkLetters(db);
  await deps.engine.close().catch(() => {});
  const pieces = typeof found === 'string' ? [] : found.pieces;
  const checks = Object.entries({
    portal,
    ...parts,
    stuck: checkStuck(found),
    receipts,
    codes,
    scan,
    staff,
    'sign-on': signOn,
    proxy,
    seal,
    letters,
    outgoing,
    backup,
    webhooks,
  }).map(([name, part]) => ({ name, ...part }));
  const ok = checks.every((check) => check.ok);
  const url = databaseUrl(config);
  return {
    ok,
    text: [
      ...checks.map((check) => `${check.ok ? '✓' : '✗'} ${check.name.padEnd(9)} ${check.detail}`),
      ...pieces.slice(0, FIRST_PIECES).map(pieceLine),
      ...(pieces.length > FIRST_PIECES ? ['  … all of it: doctor --json, or /staff/stuck'] : []),
    ].join('\n'),
    json: {
      ok,
      url: config.PUBLIC_ORIGIN,
      checks,
      stuck: pieces,
      temporal: {
        address: config.TEMPORAL_ADDRESS,
        namespace: config.TEMPORAL_NAMESPACE,
        uiUrl: config.TEMPORAL_UI_URL || null,
      },
      database: { url: options.secrets ? url : withoutPassword(url) },
    },
  };
};
