/**
 * What was typed into a form that was sent after its session had ended: sealed, for an hour, for the
 * same person in the same browser. Somebody else who signs in there destroys it.
 */
import { beginInTime } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { lockHolder } from '../../platform/files/held-uploads.sql.ts';
import {
  addParkedForm,
  deleteForeignParkedForms,
  deleteParkedForm,
  findParkedForm,
} from './parked-forms.sql.ts';
import { findEndedSession } from './sessions.sql.ts';
import { decrypt, encrypt } from '../../platform/base/encryption.ts';
import type { AttachedFile, HeldFor, Holder } from '../../platform/files/stored-file.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';

export interface ParkedForm {
  /** Where it was sent. */
  path: string;
  /** The page that it stands on. */
  page: string;
  fields: Record<string, string>;
  /** Held for the same form. */
  file?: AttachedFile | undefined;
}

export interface ParkedForms {
  /** Whose session it was that has ended within the last hour; it opens nothing any more. */
  findEndedSession(sessionToken: string): Promise<Holder | undefined>;
  /** @param input.token of this browser, from an earlier form. @returns the browser's token */
  parkForm(input: {
    token: string | undefined;
    holder: Holder;
    form: Pick<ParkedForm, 'path' | 'page' | 'fields'>;
  }): Promise<string>;
  /** Undefined: none of this person that was sent to `path` or stands on that page. */
  findParkedForm(input: {
    token: string;
    holder: Holder;
    path: string;
  }): Promise<ParkedForm | undefined>;
  /** The page of the newest form of whoever has signed in; what is not theirs is destroyed. */
  returnToParkedForm(input: { token: string; holder: Holder }): Promise<string | undefined>;
  /** It has done its work. */
  dropParkedForm(input: { token: string; path: string }): Promise<void>;
}

/** Forms of one person. */
const MOST = 20;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Names of the fields by which a held file finds its form. */
const KEYS = ['submissionKey', 'formKey', 'actionKey'];

export const formKeyOf = (fields: Readonly<Record<string, string>>): string | undefined =>
  KEYS.map((name) => fields[name]).find((key) => key !== undefined && UUID.test(key));

export const createParkedForms = ({
  db,
  key,
  minutes,
  findHeldFile,
}: {
  db: Db;
  /** Of 32 bytes. */
  key: Buffer;
  minutes: number;
  findHeldFile: (which: HeldFor) => Promise<AttachedFile | undefined>;
}): ParkedForms => {
  const bindingOf = (holder: Holder, path: string): string =>
    `parked form:${JSON.stringify(holder)}:${path}`;

  const fieldsOf = (
    sealed: string,
    holder: Holder,
    path: string,
  ): Record<string, string> | undefined => {
    try {
      const opened = decrypt(key, Buffer.from(sealed, 'base64url'), bindingOf(holder, path));
      return JSON.parse(opened.toString()) as Record<string, string>;
    } catch {
      // Sealed before the master secret was changed.
      return undefined;
    }
  };

  return {
    findEndedSession: (sessionToken) => findEndedSession(db, hashToken(sessionToken)),

    async parkForm({ token: before, holder, form: { path, page, fields } }) {
      const token = before ?? makeToken().token;
      const plain = Buffer.from(JSON.stringify(fields));
      const sealed = encrypt(key, plain, bindingOf(holder, path)).toString('base64url');
      await beginInTime(db, async (tx) => {
        await lockHolder(tx, holder);
        const form = { path, page, sealed };
        await addParkedForm(tx, { tokenHash: hashToken(token), holder, form, minutes, keep: MOST });
      });
      return token;
    },

    async findParkedForm({ token, holder, path: asked }) {
      const row = await findParkedForm(db, { tokenHash: hashToken(token), holder, path: asked });
      const fields = row && fieldsOf(row.sealed, holder, row.path);
      if (!fields) return undefined;
      const formKey = formKeyOf(fields);
      const file = formKey === undefined ? undefined : await findHeldFile({ holder, formKey });
      return { path: row.path, page: row.page, fields, file };
    },

    async returnToParkedForm({ token, holder }) {
      const tokenHash = hashToken(token);
      await deleteForeignParkedForms(db, { tokenHash, holder });
      return (await findParkedForm(db, { tokenHash, holder }))?.page;
    },

    dropParkedForm: ({ token, path }) =>
      deleteParkedForm(db, { tokenHash: hashToken(token), path }),
  };
};
