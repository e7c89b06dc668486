import type { Handle, Tx } from '../../platform/base/database.ts';
import type { MailKind, MailSettings } from './mail-settings.ts';

const bindingOf = (staffId: string): string => `staff.email:${staffId}`;

const open = (db: Handle, staffId: string, stored: string | null): string | null => {
  try {
    return stored === null ? null : db.seals.open(stored, bindingOf(staffId));
  } catch {
    return null;
  }
};

export const findMailSettings = async (
  db: Handle,
  staffId: string,
): Promise<MailSettings | undefined> => {
  const [row] = await db<{ email: string | null; mailKinds: MailKind[] }[]>`
    select email, mail_kinds from staff where id = ${staffId} and disabled_at is null`;
  return row && { email: open(db, staffId, row.email), kinds: row.mailKinds };
};

export const setMailSettings = async (
  db: Handle,
  { staffId, email, kinds }: MailSettings & { staffId: string },
): Promise<void> => {
  const sealed = email === null ? null : db.seals.seal(email, bindingOf(staffId));
  await db`update staff set email = ${sealed}, mail_kinds = ${kinds} where id = ${staffId}`;
};

export const addSubstitutionMail = async (
  tx: Tx,
  { staffId, about }: { staffId: string; about: string },
): Promise<void> => {
  await tx`
    insert into staff_mails (staff_id, kind, about)
    select s.id, 'substitution', ${about} from staff s
    where s.id = ${staffId} and s.email is not null and s.disabled_at is null
      and 'substitution' = any(s.mail_kinds)
    on conflict (staff_id, about) do nothing`;
};

export const countWithEmail = async (db: Handle): Promise<number> => {
  const [row] = await db<{ members: number }[]>`
    select count(*)::int as members from staff where email is not null and disabled_at is null`;
  return row?.members ?? 0;
};

export const resealMailSettings = async (
  db: Handle,
): Promise<{ changed: number; damaged: number }> => {
  const report = { changed: 0, damaged: 0 };
  for (const { id, email } of await db<{ id: string; email: string }[]>`
    select id, email from staff where email is not null`) {
    if (!db.seals.isStale(email)) continue;
    const clear = open(db, id, email);
    if (clear === null) {
      report.damaged += 1;
      continue;
    }
    await db`
      update staff set email = ${db.seals.seal(clear, bindingOf(id))}
      where id = ${id} and email = ${email}`;
    report.changed += 1;
  }
  return report;
};
