import { countAlive } from '../../platform/base/heartbeats.sql.ts';
import { outboxBacklog } from '../../desk/letters/outbox.sql.ts';
import { findSchemaProblem } from '../../platform/base/schema-state.ts';
import { shareWork } from '../../platform/base/shared-work.ts';
import type { Deps } from '../../platform/deps.ts';

export const HEARTBEAT_SECONDS = 5;
export const ALIVE_SECONDS = 15;
const CHECK_MS = 2_000;
const FRESH_MS = 1_000;
const OUTBOX_SECONDS = 60;

interface Part {
  ok: boolean;
  detail: string;
  error?: string;
}

const part = async (check: () => Promise<Part>): Promise<Part> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Part>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: 'no answer' }), CHECK_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, detail: 'out of order', error: message };
  } finally {
    clearTimeout(timer);
  }
};

export interface Health {
  /** False only when a letter could not be accepted. */
  ready: boolean;
  parts: Record<'database' | 'temporal' | 'worker' | 'outbox' | 'files', Part>;
}

export const readHealth = async ({ db, engine, files }: Deps): Promise<Health> => {
  const [database, temporal, worker, outbox, store] = await Promise.all([
    part(async () => {
      const problem = await findSchemaProblem(db, { running: true });
      return { ok: problem === null, detail: problem ?? 'answers' };
    }),
    part(async () => {
      await engine.check(CHECK_MS - 100);
      return { ok: true, detail: 'answers' };
    }),
    part(async () => {
      const alive = await countAlive(db, { role: 'worker', seconds: ALIVE_SECONDS });
      return { ok: alive > 0, detail: `${alive} alive` };
    }),
    part(async () => {
      const { rows, oldest } = await outboxBacklog(db);
      const detail = rows === 0 ? 'empty' : `${rows} waiting, oldest ${Math.round(oldest)} s`;
      return { ok: oldest < OUTBOX_SECONDS, detail };
    }),
    part(async () => {
      await files.check();
      return { ok: true, detail: 'writable' };
    }),
  ]);
  return {
    ready: database.ok && store.ok,
    parts: { database, temporal, worker, outbox, files: store },
  };
};

export const shareHealth = (deps: Deps): (() => Promise<Health>) =>
  shareWork(FRESH_MS, async () => {
    const { ready, parts } = await readHealth(deps);
    for (const part of Object.values(parts)) delete part.error;
    return { ready, parts };
  });
