/**
 * Draws the pages of files of letters and replies, or reads their text, one file after the other, in
 * a worker and never in web: a file that cannot be drawn costs the time of one file, and its letter
 * nothing.
 */
import type { DrawPages } from '../adapters/previews/draw-pages.ts';
import type { ReadText } from '../adapters/previews/read-text.ts';
import type { FileStore } from '../adapters/files/file-store.ts';
import { isDatabaseAway } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import { findFile, lockLetter } from '../db/letters.ts';
import {
  addPreview,
  failPreview,
  forgetPreview,
  leasePreview,
  listClearPreviews,
} from '../db/previews.ts';
import type { NewPreview, PreviewJob, PreviewPage } from '../db/previews.ts';
import { isOpen } from '../domain/file-checks.ts';
import type { FileType } from '../domain/letter.ts';
import type { Logger } from '../logger.ts';
import { readStoredFile } from './read-stored-file.ts';
import { createWorkLoop } from './work-loop.ts';
import type { WorkLoop } from './work-loop.ts';

/** Longer than any limit on drawing allows. */
const LEASE_SECONDS = 180;
/** A file that ends its worker each time is left alone. */
const MAX_ATTEMPTS = 3;
const CLEAR_ONES = 100;

export interface PreviewMaker extends WorkLoop {
  /** Draws one file. False: there was none to be drawn. */
  makeNext(): Promise<boolean>;
}

export const createPreviewMaker = ({
  db,
  files,
  drawPages,
  readText,
  pollMs,
  log,
}: {
  db: Db;
  files: Pick<FileStore, 'read' | 'write' | 'remove'>;
  drawPages: DrawPages;
  readText: ReadText;
  pollMs: number;
  log: Logger;
}): PreviewMaker => {
  const remove = async (storageKeys: string[]): Promise<void> => {
    // One that stays is named by no row, and goes with the sweep.
    for (const storageKey of storageKeys) await files.remove(storageKey).catch(() => {});
  };

  /** Puts the pieces into the file store, and tells of each as it comes. */
  const store = async (
    { type, bytes, owner }: { type: FileType; bytes: Buffer; owner: string },
    keep: (piece: PreviewPage) => void,
  ): Promise<Pick<NewPreview, 'kind' | 'total' | 'cut'> | undefined> => {
    if (type === 'docx') {
      const read = await readText(bytes, { owner });
      if (typeof read === 'string') return undefined;
      keep({ ...(await files.write(Buffer.from(read.text, 'utf8'))), width: 0, height: 0 });
      return { kind: 'text', total: 1, cut: read.cut };
    }
    const { pages } = await drawPages({ type, bytes }, { owner });
    for (const { bytes: picture, width, height } of pages)
      keep({ ...(await files.write(Buffer.from(picture))), width, height });
    const total = pages.at(-1)?.total;
    return total === undefined ? undefined : { kind: 'pages', total, cut: false };
  };

  const draw = async ({ letterId, fileId }: PreviewJob): Promise<void> => {
    const file = await findFile(db, { letterId, fileId });
    if (!file || !isOpen(file)) return;
    const pages: PreviewPage[] = [];
    let isKept = false;
    try {
      const content = {
        type: file.type,
        bytes: await readStoredFile({ db, files }, letterId, file),
        owner: letterId,
      };
      const made = await store(content, (piece) => pages.push(piece));
      if (!made) return failPreview(db, fileId);
      isKept = await db.begin(async (tx) => {
        const letter = await lockLetter(tx, letterId);
        return letter?.erasedAt === null && addPreview(tx, { letterId, fileId, pages, ...made });
      });
    } finally {
      if (!isKept) await remove(pages.map(({ storageKey }) => storageKey));
    }
  };

  const makeNext = async (): Promise<boolean> => {
    const job = await leasePreview(db, LEASE_SECONDS);
    if (!job) return false;
    const { fileId, attempts } = job;
    if (attempts > MAX_ATTEMPTS) {
      await failPreview(db, fileId);
      return true;
    }
    try {
      await draw(job);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ fileId, why }, 'no preview of a file could be made');
    }
    return true;
  };

  /** Pictures of a time when sealing was off are made anew, sealed. */
  const forgetClear = async (): Promise<void> => {
    if (!db.seals.on) return;
    for (const fileId of await listClearPreviews(db, CLEAR_ONES))
      await remove(await db.begin((tx) => forgetPreview(tx, fileId)));
  };

  let isFirst = true;
  const loop = createWorkLoop({
    async work() {
      if (isFirst) await forgetClear();
      isFirst = false;
      return makeNext();
    },
    idleMs: pollMs,
    onError(error) {
      if (isDatabaseAway(error)) log.warn('database away, previews wait');
      else log.error({ err: error }, 'previews could not be made');
    },
  });

  return { makeNext, ...loop };
};
