/**
 * The file of a form: the uploaded one, or a good one kept from an earlier try. Works without
 * scripts: a hidden field says that the page promised a kept file.
 */
import { isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import type { StoredFile } from '../../src/platform/files/stored-file.ts';
import type { AttachedFile, FileProblem, HeldFor } from '../../src/platform/files/stored-file.ts';
import type { Deps } from '../../src/platform/deps.ts';
import { discardFile } from '../../src/platform/files/receive-file.ts';
import type { PostedForm } from './form-reader.ts';
import {
  holdFile,
  findHeldFile,
  moveHeldFile,
  dropHeldFile,
} from '../../src/platform/files/held-uploads.ts';

export const HELD_FIELD = 'heldFile';
export const FILE_ACTION_FIELD = 'fileAction';
export const REMOVE_FILE = 'remove';

export type FileProblemStatus = 413 | 422 | 429 | 503;

export type ChosenFile =
  | { ok: true; file: StoredFile | 'held' | undefined }
  | { ok: false; problem: FileProblem; status: FileProblemStatus };

export const chooseFile = (form: PostedForm): ChosenFile => {
  const received = form.file;
  if (received && !received.ok) {
    const { problem } = received;
    return { ok: false, problem, status: statusOf(problem) };
  }
  if (received) return { ok: true, file: received.file };
  return { ok: true, file: form.field(HELD_FIELD) === '' ? undefined : 'held' };
};

const statusOf = (problem: FileProblem): FileProblemStatus => {
  if (problem === 'busy') return 503;
  if (problem === 'too_many_checks') return 429;
  return problem === 'too_big' ? 413 : 422;
};

export const isRemoval = (form: PostedForm): boolean =>
  form.field(FILE_ACTION_FIELD) === REMOVE_FILE;

export const keepFormFile = async (
  deps: Deps,
  which: HeldFor,
  form: PostedForm,
): Promise<AttachedFile | undefined> => {
  const received = form.file;
  if (!received?.ok) return findHeldFile(deps, which);
  try {
    await holdFile(deps, { ...which, file: received.file });
  } catch (error) {
    if (isCertainlyNotStored(error)) await discardFile(deps, received.file);
    throw error;
  }
  return received.file;
};

export const keepFormFileAnew = async (
  deps: Deps,
  { holder, formKey: from }: HeldFor,
  form: PostedForm,
  formKey: string,
): Promise<AttachedFile | undefined> => {
  if (!form.file?.ok) await moveHeldFile(deps, { holder, from, to: formKey });
  return keepFormFile(deps, { holder, formKey }, form);
};

export const keepChosenFile = async (
  deps: Deps,
  { which, form, chosen }: { which: HeldFor; form: PostedForm; chosen: ChosenFile },
): Promise<{ held: AttachedFile | undefined; isGone: boolean }> => {
  const held = await keepFormFile(deps, which, form);
  return { held, isGone: chosen.ok && chosen.file === 'held' && !held };
};

export const removeFormFile = async (
  deps: Deps,
  which: HeldFor,
  form: PostedForm,
): Promise<void> => {
  if (form.file?.ok) await discardFile(deps, form.file.file);
  await dropHeldFile(deps, which);
};
