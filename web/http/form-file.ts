/**
 * The files of a form: the uploaded ones, and good ones kept from an earlier try. Works without
 * scripts: a hidden field says how many kept files the page promised.
 */
import { isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import type {
  AttachedFile,
  FileProblem,
  HeldFor,
  SentFile,
  StoredFile,
} from '../../src/platform/files/stored-file.ts';
import type { Deps } from '../../src/platform/deps.ts';
import { discardFile } from '../../src/platform/files/receive-file.ts';
import type { PostedForm } from './form-reader.ts';
import {
  dropHeldFiles,
  holdFiles,
  listHeldFiles,
  moveHeldFiles,
} from '../../src/platform/files/held-uploads.ts';

export const HELD_FIELD = 'heldFile';
export const FILE_ACTION_FIELD = 'fileAction';
/** All, or with a number behind it that one of the kept files. */
export const REMOVE_FILE = 'remove';

export type FileProblemStatus = 413 | 422 | 429 | 503;

export interface WrongFile {
  /** '' where it is not known. */
  name: string;
  problem: FileProblem;
}

interface WrongFiles {
  ok: false;
  wrong: WrongFile[];
  status: FileProblemStatus;
}

export type ChosenFiles = { ok: true; files: SentFile[] } | WrongFiles;
export type ChosenFile = { ok: true; file: SentFile | undefined } | WrongFiles;

/** None: none was chosen and none is kept. Of a form that came whole and takes several files. */
export const chooseFiles = (form: PostedForm): ChosenFiles => {
  const wrong = form.files.filter((file) => !file.ok);
  const [first] = wrong;
  if (first) return { ok: false, wrong, status: statusOf(first.problem) };
  const held = Array.from({ length: promisedOf(form) }, () => 'held' as const);
  return { ok: true, files: [...held, ...goodFiles(form)] };
};

/** The same of a form that takes one file: one that came is taken in the place of a kept one. */
export const chooseFile = (form: PostedForm): ChosenFile => {
  const chosen = chooseFiles(form);
  return chosen.ok ? { ok: true, file: chosen.files.at(-1) } : chosen;
};

const promisedOf = (form: PostedForm): number => {
  const said = form.field(HELD_FIELD);
  return /^\d{1,3}$/.test(said) ? Number(said) : Number(said !== '');
};

const goodFiles = ({ files }: PostedForm): StoredFile[] =>
  files.filter((file) => file.ok).map(({ file }) => file);

const statusOf = (problem: FileProblem): FileProblemStatus => {
  if (problem === 'busy') return 503;
  if (problem === 'too_many_checks') return 429;
  return problem === 'too_big' ? 413 : 422;
};

export const isRemoval = (form: PostedForm): boolean =>
  form.field(FILE_ACTION_FIELD).startsWith(REMOVE_FILE);

/** For a form that is drawn again: keeps the good files that came with it; what is kept now. */
export const keepFormFiles = async (
  deps: Deps,
  { several = false, ...which }: HeldFor & { several?: boolean },
  form: PostedForm,
): Promise<AttachedFile[]> => {
  const received = goodFiles(form);
  if (received.length === 0) return listHeldFiles(deps, which);
  try {
    await holdFiles(deps, { ...which, received, withKept: several && promisedOf(form) > 0 });
  } catch (error) {
    if (isCertainlyNotStored(error)) await discardFormFiles(deps, form);
    throw error;
  }
  return listHeldFiles(deps, which);
};

export const keepFormFilesAnew = async (
  deps: Deps,
  { holder, formKey: from, several = false }: HeldFor & { several?: boolean },
  form: PostedForm,
  formKey: string,
): Promise<AttachedFile[]> => {
  if (several || goodFiles(form).length === 0)
    await moveHeldFiles(deps, { holder, from, to: formKey });
  return keepFormFiles(deps, { holder, formKey, several }, form);
};

/** Also says whether some of the kept files that the page had promised are gone. */
export const keepChosenFiles = async (
  deps: Deps,
  {
    which,
    form,
    chosen,
  }: { which: HeldFor & { several?: boolean }; form: PostedForm; chosen: { ok: boolean } },
): Promise<{ held: AttachedFile[]; isGone: boolean }> => {
  const { several = false } = which;
  const needed = several || goodFiles(form).length === 0 ? promisedOf(form) : 0;
  const isGone = chosen.ok && (await listHeldFiles(deps, which)).length < needed;
  return { held: await keepFormFiles(deps, which, form), isGone };
};

/** The button «remove»: what came does not stay, and of the kept files all or the named one goes. */
export const removeFormFiles = async (
  deps: Deps,
  which: HeldFor,
  form: PostedForm,
): Promise<AttachedFile[]> => {
  const { holder, formKey } = which;
  await discardFormFiles(deps, form);
  const named = Number(form.field(FILE_ACTION_FIELD).slice(REMOVE_FILE.length));
  await dropHeldFiles(deps, { holder, formKey, ...(named > 0 && { number: named }) });
  return listHeldFiles(deps, { holder, formKey });
};

/** Of a form that leaves nothing behind. */
export const discardFormFiles = async (deps: Deps, form: PostedForm): Promise<void> => {
  for (const file of goodFiles(form)) await discardFile(deps, file);
};
