import type { Db } from '../db/client.ts';
import { findPreview, wantPreview } from '../db/previews.ts';
import { isOpen } from '../domain/file-checks.ts';
import type { StoredFile } from '../domain/letter.ts';
import { hasPreview } from '../domain/preview.ts';
import type { Preview } from '../domain/preview.ts';

/** A worker is asked for what is not there. */
export const previewOf = async (
  db: Db,
  file: StoredFile,
  { isErased, enabled }: { isErased: boolean; enabled: boolean },
): Promise<Preview> => {
  if (isErased || !isOpen(file) || !hasPreview(file)) return { state: 'none' };
  const known = await findPreview(db, file.id);
  if (known?.state === 'made') return known;
  if (!enabled) return { state: 'none' };
  await wantPreview(db, file.id);
  return known ?? { state: 'asked' };
};
