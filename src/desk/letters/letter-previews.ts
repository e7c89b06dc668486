import type { Deps } from '../../platform/deps.ts';
import { DomainError } from '../../platform/base/errors.ts';
import {
  findPreview,
  findPreviewPage,
  forgetPreview,
  wantPreview,
} from '../../platform/files/previews.sql.ts';
import { isOpen } from '../../platform/files/file-checks.ts';
import type { Preview } from '../../platform/files/preview.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { ensureOpen, findOwnLetter, findVisibleLetter, recordReading } from './letter-access.ts';
import { findFile } from './letter-files.sql.ts';
import type { LetterRow } from './letters.sql.ts';

interface PreviewPlace {
  replyNumber?: number | undefined;
  number?: number | undefined;
  page: number;
}

export const readPreview = async (
  deps: Deps,
  {
    staff,
    letterId,
    from,
    ...place
  }: PreviewPlace & { staff: StaffMember; letterId: string; from?: string | undefined },
): Promise<Buffer> => {
  const letter = await findVisibleLetter(deps.db, { staff, letterId });
  const bytes = await readPage(deps, letter, place);
  await recordReading(deps.db, { staff, letterId, from });
  return bytes;
};

export const readReplyPreview = async (
  deps: Deps,
  {
    applicantId,
    letterId,
    ...place
  }: { applicantId: string; letterId: string; replyNumber: number; page: number },
): Promise<Buffer> => {
  const letter = await findOwnLetter(deps.db, { applicantId, letterId });
  return readPage(deps, letter, place);
};

const readPage = async (
  deps: Deps,
  { id: letterId, erasedAt }: LetterRow,
  { page, ...which }: PreviewPlace,
): Promise<Buffer> => {
  if (erasedAt !== null) throw new DomainError('erased');
  const file = await findFile(deps.db, { letterId, ...which });
  if (!file) throw new DomainError('not_found');
  ensureOpen(file);
  const bytes = await readPiece(deps, { letterId, fileId: file.id, kind: 'pages', page });
  if (!bytes) throw new DomainError('not_found');
  return bytes;
};

export const previewOf = async (
  deps: Deps,
  { id: letterId, erasedAt }: Pick<LetterRow, 'id' | 'erasedAt'>,
  file: StoredFile,
): Promise<Preview> => {
  if (erasedAt !== null || !isOpen(file)) return { state: 'none' };
  const { db, config } = deps;
  const isMade = config.PREVIEWS === 'on';
  const known = await findPreview(db, file.id);
  if (known?.state === 'made' && known.kind === 'pages') {
    if (known.missing === 'later' && isMade) await wantPreview(db, file.id);
    return known;
  }
  if (known?.state === 'made') {
    const bytes = await readPiece(deps, { letterId, fileId: file.id, kind: 'text', page: 1 });
    if (bytes) return { ...known, text: bytes.toString('utf8') };
  }
  if (!isMade) return { state: 'none' };
  await wantPreview(db, file.id);
  return known === undefined || known.state === 'made' ? { state: 'asked' } : known;
};

/** A missing or damaged piece is forgotten, to be made again. */
const readPiece = async (
  { db, files }: Deps,
  which: { letterId: string; fileId: string; kind: 'pages' | 'text'; page: number },
): Promise<Buffer | undefined> => {
  const place = await findPreviewPage(db, which);
  if (!place) return undefined;
  try {
    return await files.read(place);
  } catch {
    const left = await db.begin((tx) => forgetPreview(tx, which.fileId));
    for (const storageKey of left) await files.remove(storageKey).catch(() => {});
    return undefined;
  }
};
