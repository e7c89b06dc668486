/**
 * Once a day, by whichever process comes first: to the log, a file and optionally an address. A
 * register that was cut or rewritten later does not match what was published.
 */
import type { Db, Tx } from '../../platform/base/database.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { AUDIT_TRAIL, formatCheckpoint } from '../register/register-checkpoint.ts';
import type { RegisterCheckpoint } from '../register/register-checkpoint.ts';
import {
  addCheckpoint,
  digestAudit,
  listDueCheckpoints,
  listUnpostedCheckpoints,
  lockPublishing,
  markCheckpointPosted,
  settledAuditId,
} from '../register/register-checkpoints.sql.ts';
import { findLastEntry, listRegisters } from '../register/register.sql.ts';
import { appendCheckpoints, postCheckpoint } from './checkpoint-outlets.ts';

const POLL_MS = 60_000;

type PublisherDeps = Pick<Deps, 'config' | 'db' | 'log'>;

export const readCheckpoints = async (
  tx: Tx,
  { ids, auditId, at }: { ids: string[]; auditId: number; at: Date },
): Promise<RegisterCheckpoint[]> => {
  const checkpoints: RegisterCheckpoint[] = [];
  for (const register of ids) {
    if (register === AUDIT_TRAIL) {
      const hash = await digestAudit(tx, auditId);
      checkpoints.push({ at: at.toISOString(), register, year: 0, serial: auditId, hash });
      continue;
    }
    const last = await findLastEntry(tx, register);
    if (!last) continue;
    const { year, serial, hash } = last;
    checkpoints.push({ at: at.toISOString(), register, year, serial, hash });
  }
  return checkpoints;
};

export const readPresentCheckpoints = async (db: Db): Promise<RegisterCheckpoint[]> => {
  const auditId = await settledAuditId(db);
  return db.begin(async (tx) => {
    const ids = (await listRegisters(tx)).map(({ id }) => id);
    if (auditId > 0) ids.push(AUDIT_TRAIL);
    return readCheckpoints(tx, { ids, auditId, at: new Date() });
  });
};

/**
 * Safe to run in any number of processes at once. The file comes first: a crash may repeat a line
 * in it, and never leaves a day out.
 */
export const publishCheckpoints = async (
  { config, db, log }: PublisherDeps,
  at: Date,
): Promise<RegisterCheckpoint[]> => {
  const day = dayOf(at, config.ORG_TIME_ZONE);
  const isDue = (await listDueCheckpoints(db, day)).length > 0;
  const file = config.REGISTER_CHECKPOINT_FILE;
  const published = isDue ? await publishDay(db, { file, day, at }) : [];
  for (const checkpoint of published)
    log.info({ checkpoint: formatCheckpoint(checkpoint) }, 'register checkpoint');
  const url = config.REGISTER_CHECKPOINT_URL;
  const unposted = url === '' ? [] : await listUnpostedCheckpoints(db);
  for (const { day: postedDay, checkpoint } of unposted) {
    await postCheckpoint(url, checkpoint);
    await markCheckpointPosted(db, { register: checkpoint.register, day: postedDay });
  }
  return published;
};

const dayOf = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(instant);

const publishDay = async (
  db: Db,
  { file, day, at }: { file: string; day: string; at: Date },
): Promise<RegisterCheckpoint[]> => {
  const auditId = await settledAuditId(db);
  return db.begin(async (tx) => {
    if (!(await lockPublishing(tx))) return [];
    const ids = await listDueCheckpoints(tx, day);
    const checkpoints = await readCheckpoints(tx, { ids, auditId, at });
    if (checkpoints.length > 0) await appendCheckpoints(file, checkpoints);
    for (const checkpoint of checkpoints) await addCheckpoint(tx, day, checkpoint);
    return checkpoints;
  });
};

/** A day that fails is logged and retried. */
export const startCheckpointPublisher = (deps: PublisherDeps): { stop: () => Promise<void> } => {
  let running: Promise<void> = Promise.resolve();
  let isBusy = false;
  const poll = (): void => {
    if (isBusy) return;
    isBusy = true;
    running = publishCheckpoints(deps, new Date())
      .then(
        () => undefined,
        (error: unknown) => {
          const why = error instanceof Error ? error.message : String(error);
          if (isDatabaseAway(error)) deps.log.warn({ why }, 'register checkpoint waits');
          else deps.log.error({ why }, 'register checkpoint not published');
        },
      )
      .finally(() => {
        isBusy = false;
      });
  };
  const timer = setInterval(poll, POLL_MS);
  poll();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
};
