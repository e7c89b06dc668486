/**
 * Draws the pages of files of letters and replies, or reads their text, in a worker and never in web:
 * a file that cannot be drawn costs the time of one file, and its letter nothing. Several people's
 * files wait in the pool at a time, one of each, so that nobody waits for all files of another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DrawPages } from '../../platform/files/previews/draw-pages.ts';
import type { ReadText } from '../../platform/files/previews/read-text.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findFile, lockLetter } from './letters.sql.ts';
import {
  addPreview,
  failPreview,
  keepLease,
  leasePreview,
  postponePreview,
} from '../../platform/files/previews.sql.ts';
import type { NewPreview, PreviewJob, PreviewPage } from '../../platform/files/previews.sql.ts';
import { isOpen } from '../../platform/files/file-checks.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { isReadAsText } from '../../platform/files/preview.ts';
import type { Logger } from '../../platform/base/logger.ts';
import { NO_LIMITS, type RateLimit } from '../../platform/base/rate-limit.ts';
import { readStoredFile } from './read-stored-file.ts';
import { createWorkLoop } from '../../platform/base/work-loop.ts';
import type { WorkLoop } from '../../platform/base/work-loop.ts';

/** Kept while the file is being drawn, however long that takes on a busy machine. */
const LEASE_SECONDS = 180;
const KEEP_LEASE_MS = 60_000;
/** Tries that come no further, each with twice the patience of the one before. */
const COSTLY_TRIES = 3;
const COSTLY_WAIT_SECONDS = 60;
const BUSY_WAIT_SECONDS = 30;
/** A file that ends its worker each time is left alone. */
const MAX_ATTEMPTS = 3;
/** People whose files are drawn, or wait in the pool for it. */
const PEOPLE = 6;

interface Part {
  ended: 'whole' | 'broken' | 'costly';
  kind: 'pages' | 'text';
  pieces: { body: Buffer; width: number; height: number }[];
  /** Left out: not known. */
  total?: number;
  cut: boolean;
}

type Ended = Pick<NewPreview, 'costlyTries' | 'missing'>;

const NOTHING = { kind: 'text', pieces: [], cut: false } as const satisfies Partial<Part>;

export interface PreviewMaker extends WorkLoop {
  /** Draws one file. False: there was none to be drawn. */
  makeNext(): Promise<boolean>;
}

export const createPreviewMaker = ({
  db,
  files,
  drawPages,
  readText,
  limits = NO_LIMITS,
  pollMs,
  log,
}: {
  db: Db;
  files: Pick<FileStore, 'read' | 'write' | 'remove'>;
  drawPages: DrawPages;
  readText: ReadText;
  /** Of CPU time, counted where it is used. */
  limits?: Pick<RateLimit, 'take'>;
  pollMs: number;
  log: Logger;
}): PreviewMaker => {
  const remove = async (storageKeys: string[]): Promise<void> => {
    // One that stays is named by no row, and goes with the sweep.
    for (const storageKey of storageKeys) await files.remove(storageKey).catch(() => {});
  };

  /** One more part of the preview, as far as it came. */
  const read = async (job: PreviewJob, file: StoredFile): Promise<Part> => {
    const bytes = await readStoredFile({ db, files }, job.letterId, file);
    const how = { owner: job.owner, patience: 2 ** job.costlyTries };
    if (isReadAsText(file.type)) {
      const text = await readText({ type: file.type, bytes }, how);
      if (typeof text === 'string') return { ...NOTHING, ended: text };
      const body = Buffer.from(text.text, 'utf8');
      const pieces = [{ body, width: 0, height: 0 }];
      return { ended: 'whole', kind: 'text', pieces, total: 1, cut: text.cut };
    }
    const { pages, ended } = await drawPages(
      { type: file.type, bytes },
      { ...how, from: job.drawn + 1 },
    );
    const pieces = pages.map(({ bytes: body, width, height }) => ({
      body: Buffer.from(body),
      width,
      height,
    }));
    const total = pages.at(-1)?.total;
    return { ended, kind: 'pages', pieces, cut: false, ...(total !== undefined && { total }) };
  };

  const keep = async (job: PreviewJob, part: Part, ended: Ended): Promise<void> => {
    const { letterId, fileId, drawn } = job;
    const { kind, pieces, cut, total = null } = part;
    const pages: PreviewPage[] = [];
    let isKept = false;
    try {
      for (const { body, ...size } of pieces) pages.push({ ...(await files.write(body)), ...size });
      const preview = { letterId, fileId, kind, pages, total, cut, drawn, ...ended };
      isKept = await db.begin(async (tx) => {
        const letter = await lockLetter(tx, letterId);
        return letter?.erasedAt === null && addPreview(tx, preview);
      });
    } finally {
      if (!isKept) await remove(pages.map(({ storageKey }) => storageKey));
    }
  };

  const draw = async (job: PreviewJob): Promise<void> => {
    const { letterId, fileId, costlyTries } = job;
    const file = await findFile(db, { letterId, fileId });
    if (!file || !isOpen(file)) return;
    const seconds = await secondsToWait(job);
    if (seconds > 0) return postponePreview(db, { fileId, seconds, costlyTries });
    const part = await read(job, file);
    const isFurther = part.pieces.length > 0;
    if (part.ended === 'whole') {
      // A file whose limit of pages came in sight only now has nothing more to draw.
      if (isFurther || job.drawn > 0) return keep(job, part, { costlyTries });
      return failPreview(db, fileId, 'broken');
    }
    if (part.ended === 'broken')
      return isFurther
        ? keep(job, part, { costlyTries, missing: 'broken' })
        : failPreview(db, fileId, 'broken');
    // Who came further has another try like this one; who did not has one with more patience.
    if (isFurther) return keep(job, part, { costlyTries, missing: 'later' });
    if (costlyTries + 1 >= COSTLY_TRIES) return failPreview(db, fileId, 'costly');
    return postponePreview(db, {
      fileId,
      seconds: COSTLY_WAIT_SECONDS,
      costlyTries: costlyTries + 1,
    });
  };

  /** Whose files have taken too much of late wait until that is long ago. */
  const secondsToWait = async ({ owner }: PreviewJob): Promise<number> => {
    try {
      await limits.take('previews', owner, 0);
      return 0;
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'too_many') throw error;
      return Number(error.facts.seconds ?? BUSY_WAIT_SECONDS);
    }
  };

  const make = async (job: PreviewJob): Promise<void> => {
    const { fileId, attempts, costlyTries } = job;
    if (attempts > MAX_ATTEMPTS) return failPreview(db, fileId, 'broken');
    const keeping = setInterval(() => {
      keepLease(db, fileId, LEASE_SECONDS).catch(() => {});
    }, KEEP_LEASE_MS);
    try {
      await draw(job);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ fileId, why }, 'no preview of a file could be made');
      // This machine is the reason; other errors are left for the lease.
      if (error instanceof DomainError && error.code === 'unavailable')
        await postponePreview(db, { fileId, seconds: BUSY_WAIT_SECONDS, costlyTries });
    } finally {
      clearInterval(keeping);
    }
  };

  const makeNext = async (): Promise<boolean> => {
    const job = await leasePreview(db, LEASE_SECONDS);
    if (job) await make(job);
    return job !== undefined;
  };

  const onError = (error: unknown): void => {
    if (isDatabaseAway(error)) log.warn('database away, previews wait');
    else log.error({ err: error }, 'previews could not be made');
  };

  /** By owner. */
  const making = new Map<string, Promise<void>>();

  /** Begins the next one; waits for one to end where there is no place or nothing to begin. */
  const beginNext = async (): Promise<boolean> => {
    if (making.size >= PEOPLE) await Promise.race(making.values());
    const job = await leasePreview(db, LEASE_SECONDS, { butOf: [...making.keys()] });
    if (job) {
      const made = make(job)
        .catch(onError)
        .finally(() => making.delete(job.owner));
      making.set(job.owner, made);
    } else if (making.size > 0) await Promise.race([...making.values(), delay(pollMs)]);
    return making.size > 0 || job !== undefined;
  };

  const loop = createWorkLoop({ work: beginNext, idleMs: pollMs, onError });

  return {
    makeNext,
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      await Promise.all(making.values());
    },
  };
};
