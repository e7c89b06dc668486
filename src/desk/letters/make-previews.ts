/**
 * Runs in a worker, never in web: a file that cannot be drawn costs the time of one file. One file
 * per owner waits in the pool, so that nobody waits for all files of another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { findFile } from './letter-files.sql.ts';
import { lockLetter } from './letters.sql.ts';
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
import type { Deps } from '../../platform/deps.ts';
import { fileLimits } from '../../platform/files/checks/check-file.ts';
import { chargePreviews } from '../../platform/files/previews/charge-previews.ts';
import { drawPages } from '../../platform/files/previews/draw-pages.ts';
import { readText } from '../../platform/files/previews/read-text.ts';
import type { TextLimits } from '../../platform/files/previews/read-text.ts';
import type { PreviewLimits } from '../../platform/files/preview.ts';
import { readStoredFile } from './read-stored-file.ts';
import { WorkLoop } from '../../platform/base/work-loop.ts';

/** Renewed while a file is being drawn, however long that takes. */
const LEASE_SECONDS = 180;
const KEEP_LEASE_MS = 60_000;
const COSTLY_TRIES = 3;
const COSTLY_WAIT_SECONDS = 60;
const BUSY_WAIT_SECONDS = 30;
/** A file that kills its worker each time is given up. */
const MAX_ATTEMPTS = 3;
const PEOPLE = 6;

interface Part {
  ended: 'whole' | 'broken' | 'costly';
  kind: 'pages' | 'text';
  pieces: { body: Buffer; width: number; height: number }[];
  total?: number;
  cut: boolean;
}

type Ended = Pick<NewPreview, 'costlyTries' | 'missing'>;

const NOTHING = { kind: 'text', pieces: [], cut: false } as const satisfies Partial<Part>;

export const makeNextPreview = async (deps: Deps): Promise<boolean> => {
  const job = await leasePreview(deps.db, LEASE_SECONDS);
  if (job) await makePreview(deps, job);
  return job !== undefined;
};

export const createPreviewMaker = (deps: Deps): Pick<WorkLoop, 'start' | 'stop'> => {
  const { db, log } = deps;
  const idleMs = deps.config.limits.previewPollMs;
  const making = new Map<string, Promise<void>>();

  const onError = (error: unknown): void => {
    if (isDatabaseAway(error)) log.warn('database away, previews wait');
    else log.error({ err: error }, 'previews could not be made');
  };

  const beginNext = async (): Promise<boolean> => {
    if (making.size >= PEOPLE) await Promise.race(making.values());
    const job = await leasePreview(db, LEASE_SECONDS, { butOf: [...making.keys()] });
    if (job) {
      const made = makePreview(deps, job)
        .catch(onError)
        .finally(() => making.delete(job.owner));
      making.set(job.owner, made);
    } else if (making.size > 0) await Promise.race([...making.values(), delay(idleMs)]);
    return making.size > 0 || job !== undefined;
  };

  const loop = new WorkLoop({ work: beginNext, idleMs, onError });

  return {
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      await Promise.all(making.values());
    },
  };
};

const makePreview = async (deps: Deps, job: PreviewJob): Promise<void> => {
  const { db, log } = deps;
  const { fileId, attempts, costlyTries } = job;
  if (attempts > MAX_ATTEMPTS) return failPreview(db, fileId, 'broken');
  const keeping = setInterval(() => {
    keepLease(db, fileId, LEASE_SECONDS).catch(() => {});
  }, KEEP_LEASE_MS);
  try {
    await makeOrPostpone(deps, job);
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

const makeOrPostpone = async (deps: Deps, job: PreviewJob): Promise<void> => {
  const { db } = deps;
  const { letterId, fileId, costlyTries } = job;
  const file = await findFile(db, { letterId, fileId });
  if (!file || !isOpen(file)) return;
  const seconds = await secondsToWait(deps, job);
  if (seconds > 0) return postponePreview(db, { fileId, seconds, costlyTries });
  const part = await readPart(deps, job, file);
  const isFurther = part.pieces.length > 0;
  if (part.ended === 'whole') {
    // A file whose limit of pages came in sight only now has nothing more to draw.
    if (isFurther || job.drawn > 0) return keepPart(deps, job, part, { costlyTries });
    return failPreview(db, fileId, 'broken');
  }
  if (part.ended === 'broken')
    return isFurther
      ? keepPart(deps, job, part, { costlyTries, missing: 'broken' })
      : failPreview(db, fileId, 'broken');
  // Who came further has another try like this one; who did not has one with more patience.
  if (isFurther) return keepPart(deps, job, part, { costlyTries, missing: 'later' });
  if (costlyTries + 1 >= COSTLY_TRIES) return failPreview(db, fileId, 'costly');
  return postponePreview(db, {
    fileId,
    seconds: COSTLY_WAIT_SECONDS,
    costlyTries: costlyTries + 1,
  });
};

const secondsToWait = async ({ rateLimits }: Deps, { owner }: PreviewJob): Promise<number> => {
  try {
    await rateLimits.take('previews', owner, 0);
    return 0;
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'too_many') throw error;
    return Number(error.facts.seconds ?? BUSY_WAIT_SECONDS);
  }
};

const readPart = async (deps: Deps, job: PreviewJob, file: StoredFile): Promise<Part> => {
  const bytes = await readStoredFile(deps, job.letterId, file);
  const pool = chargePreviews(deps.filePool, deps.rateLimits);
  const how = { owner: job.owner, patience: 2 ** job.costlyTries };
  if (isReadAsText(file.type)) {
    const limits = textLimits(deps);
    const text = await readText(pool, { type: file.type, bytes }, { ...how, limits });
    if (typeof text === 'string') return { ...NOTHING, ended: text };
    const body = Buffer.from(text.text, 'utf8');
    const pieces = [{ body, width: 0, height: 0 }];
    return { ended: 'whole', kind: 'text', pieces, total: 1, cut: text.cut };
  }
  const limits = pageLimits(deps);
  const { pages, ended } = await drawPages(
    pool,
    { type: file.type, bytes },
    { ...how, limits, from: job.drawn + 1 },
  );
  const pieces = pages.map(({ bytes: body, width, height }) => ({
    body: Buffer.from(body),
    width,
    height,
  }));
  const total = pages.at(-1)?.total;
  return { ended, kind: 'pages', pieces, cut: false, ...(total !== undefined && { total }) };
};

const pageLimits = ({ config: { limits } }: Deps): PreviewLimits => ({
  pdfPages: limits.previewPdfPages,
  tiffPages: limits.previewTiffPages,
  width: limits.previewWidth,
  pixels: limits.maxImageMegapixels * 1e6,
  seconds: limits.previewSeconds,
  memoryBytes: limits.previewMb * 1024 * 1024,
});

const textLimits = ({ config }: Deps): TextLimits => ({
  ...fileLimits(config),
  length: config.limits.previewTextLength,
  seconds: config.limits.previewSeconds,
  memoryBytes: config.limits.previewMb * 1024 * 1024,
});

const keepPart = async (
  { db, files }: Deps,
  job: PreviewJob,
  part: Part,
  ended: Ended,
): Promise<void> => {
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
    // One that stays is named by no row, and goes with the sweep.
    if (!isKept) for (const { storageKey } of pages) await files.remove(storageKey).catch(() => {});
  }
};
