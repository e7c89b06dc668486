/**
 * The newest entry of every register and of the audit trail, given away once a day by whichever
 * process comes first: to the log, a file and optionally an address. What was given away cannot be
 * made to fit a register that was cut or written anew.
 */
import type { HeadOutlets } from './head-outlets.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { findLastEntry, listRegisters } from '../register/register.sql.ts';
import {
  addHead,
  digestAudit,
  listDueHeads,
  listUnpostedHeads,
  lockPublishing,
  markHeadPosted,
  settledAuditId,
} from '../register/register-heads.sql.ts';
import { AUDIT_HEAD, formatHead } from '../register/register-head.ts';
import type { RegisterHead } from '../register/register-head.ts';
import type { Logger } from '../../platform/base/logger.ts';

const LOOK_EVERY_MS = 60_000;

/** The day of an instant in the organisation's time zone, `2026-08-22`. */
const dayOf = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(instant);

/** Of registers, and of the audit trail up to `auditId`, as this transaction sees them. */
export const headsOf = async (
  tx: Tx,
  { ids, auditId, at }: { ids: string[]; auditId: number; at: Date },
): Promise<RegisterHead[]> => {
  const heads: RegisterHead[] = [];
  for (const register of ids) {
    if (register === AUDIT_HEAD) {
      const hash = await digestAudit(tx, auditId);
      heads.push({ at: at.toISOString(), register, year: 0, serial: auditId, hash });
      continue;
    }
    const last = await findLastEntry(tx, register);
    if (last)
      heads.push({
        at: at.toISOString(),
        register,
        year: last.year,
        serial: last.serial,
        hash: last.hash,
      });
  }
  return heads;
};

/** The present heads, as they would be published now. Empty registers have none. */
export const presentHeads = async (db: Db): Promise<RegisterHead[]> => {
  const auditId = await settledAuditId(db);
  return db.begin(async (tx) => {
    const ids = (await listRegisters(tx)).map(({ id }) => id);
    if (auditId > 0) ids.push(AUDIT_HEAD);
    return headsOf(tx, { ids, auditId, at: new Date() });
  });
};

export interface HeadPublisherOptions {
  db: Db;
  outlets: HeadOutlets;
  timeZone: string;
  log: Logger;
  /** For tests. */
  now?: () => Date;
}

/**
 * Publishes what has no head of today yet, and posts what the address has not taken. Safe to run
 * in any number of processes at once. The file comes first: a crash between the two may repeat a
 * line in it, and never leaves a day out.
 * @returns the heads that were published now
 */
export const createPublishHeads =
  ({ db, outlets, timeZone, log, now = () => new Date() }: HeadPublisherOptions) =>
  async (): Promise<RegisterHead[]> => {
    const day = dayOf(now(), timeZone);
    const published =
      (await listDueHeads(db, day)).length > 0
        ? await publishDay({ db, outlets, day, at: now() })
        : [];
    for (const head of published) log.info({ head: formatHead(head) }, 'register head');
    for (const { day: of, head } of await listUnpostedHeads(db)) {
      if (!(await outlets.post(head))) break;
      await markHeadPosted(db, { register: head.register, day: of });
    }
    return published;
  };

const publishDay = async ({
  db,
  outlets,
  day,
  at,
}: {
  db: Db;
  outlets: HeadOutlets;
  day: string;
  at: Date;
}): Promise<RegisterHead[]> => {
  const auditId = await settledAuditId(db);
  return db.begin(async (tx) => {
    if (!(await lockPublishing(tx))) return [];
    const heads = await headsOf(tx, { ids: await listDueHeads(tx, day), auditId, at });
    if (heads.length > 0) await outlets.append(heads);
    for (const head of heads) await addHead(tx, day, head);
    return heads;
  });
};

/** Looks every minute. A day that fails is tried again, and said in the log. */
export const startHeadPublisher = (
  options: HeadPublisherOptions,
): { stop: () => Promise<void> } => {
  const publish = createPublishHeads(options);
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const look = (): void => {
    if (busy) return;
    busy = true;
    running = publish()
      .then(
        () => undefined,
        (error: unknown) => {
          const why = error instanceof Error ? error.message : String(error);
          if (isDatabaseAway(error)) options.log.warn({ why }, 'register head waits');
          else options.log.error({ why }, 'register head not published');
        },
      )
      .finally(() => {
        busy = false;
      });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  look();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
};
