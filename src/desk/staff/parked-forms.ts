/**
 * A form sent after its session had ended: sealed, for an hour, for the same person in the same
 * browser. Anybody else who signs in there destroys it.
 */
import { beginInTime } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { listHeldFiles } from '../../platform/files/held-uploads.ts';
import { lockHolder } from '../../platform/files/held-uploads.sql.ts';
import {
  addParkedForm,
  deleteForeignParkedForms,
  deleteParkedForm,
  findParkedFormRow,
} from './parked-forms.sql.ts';
import { findEndedSession } from './sessions.sql.ts';
import { decrypt, encrypt } from '../../platform/base/encryption.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { AttachedFile, Holder } from '../../platform/files/stored-file.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';

export interface ParkedForm {
  path: string;
  page: string;
  fields: Record<string, string>;
  files: AttachedFile[];
}

const MAX_FORMS_PER_PERSON = 20;
const KEY_FIELDS = ['submissionKey', 'formKey', 'actionKey'];

export const formKeyOf = (fields: Readonly<Record<string, string>>): string | undefined =>
  KEY_FIELDS.map((name) => fields[name]).find((key) => key !== undefined && isUuid(key));

/** Of a session that ended within the last hour; the token grants no access any more. */
export const findEndedSessionHolder = (
  { db }: Deps,
  sessionToken: string,
): Promise<Holder | undefined> => findEndedSession(db, hashToken(sessionToken));

export const parkForm = async (
  deps: Deps,
  {
    token: before,
    holder,
    form: { path, page, fields },
  }: {
    token: string | undefined;
    holder: Holder;
    form: Pick<ParkedForm, 'path' | 'page' | 'fields'>;
  },
): Promise<string> => {
  const { db, keys, config } = deps;
  const token = before ?? makeToken().token;
  const plain = Buffer.from(JSON.stringify(fields));
  const sealed = encrypt(keys.held, plain, bindingOf(holder, path)).toString('base64url');
  const minutes = config.limits.heldUploadMinutes;
  await beginInTime(db, async (tx) => {
    await lockHolder(tx, holder);
    await addParkedForm(tx, {
      tokenHash: hashToken(token),
      holder,
      form: { path, page, sealed },
      minutes,
      keep: MAX_FORMS_PER_PERSON,
    });
  });
  return token;
};

export const findParkedForm = async (
  deps: Deps,
  { token, holder, path: asked }: { token: string; holder: Holder; path: string },
): Promise<ParkedForm | undefined> => {
  const row = await findParkedFormRow(deps.db, {
    tokenHash: hashToken(token),
    holder,
    path: asked,
  });
  const fields = row && openFields(deps, row.sealed, bindingOf(holder, row.path));
  if (!fields) return undefined;
  const formKey = formKeyOf(fields);
  const files = formKey === undefined ? [] : await listHeldFiles(deps, { holder, formKey });
  return { path: row.path, page: row.page, fields, files };
};

/** Also deletes others' forms in the same browser. */
export const returnToParkedForm = async (
  { db }: Deps,
  { token, holder }: { token: string; holder: Holder },
): Promise<string | undefined> => {
  const tokenHash = hashToken(token);
  await deleteForeignParkedForms(db, { tokenHash, holder });
  return (await findParkedFormRow(db, { tokenHash, holder }))?.page;
};

export const dropParkedForm = (
  { db }: Deps,
  { token, path }: { token: string; path: string },
): Promise<void> => deleteParkedForm(db, { tokenHash: hashToken(token), path });

const bindingOf = (holder: Holder, path: string): string =>
  `parked form:${JSON.stringify(holder)}:${path}`;

const openFields = (
  { keys }: Deps,
  sealed: string,
  binding: string,
): Record<string, string> | undefined => {
  try {
    const opened = decrypt(keys.held, Buffer.from(sealed, 'base64url'), binding);
    return JSON.parse(opened.toString()) as Record<string, string>;
  } catch {
    // Sealed before the master secret was changed.
    return undefined;
  }
};
