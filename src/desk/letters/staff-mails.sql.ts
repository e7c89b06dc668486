import type { Handle, Tx } from '../../platform/base/database.ts';
import { mailStandInOf } from '../staff/absences.sql.ts';
import type { MailKind } from '../staff/mail-settings.ts';

export type LetterMailKind = Exclude<MailKind, 'substitution' | 'digest'>;

/** `unit`: its members and heads; `head`: its heads; `charge`: its heads, and administrators. */
export type MailAudience = 'unit' | 'head' | 'charge';

const audienceOf = (db: Handle, audience: MailAudience, unitId: string) => {
  const isOf = (...roles: string[]) => db`(s.role = any(${roles}) and exists (
    select 1 from staff_units u where u.staff_id = s.id and u.unit_id = ${unitId}))`;
  if (audience === 'charge') return db`(s.role = 'admin' or ${isOf('head')})`;
  return audience === 'unit' ? isOf('unit', 'head') : isOf('head');
};

/** Call in the transaction of the announced change. Idempotent by `about`. Substitutes who want it receive the mail of absent members. */
export const addLetterMails = async (
  tx: Tx,
  mail: {
    kind: LetterMailKind;
    letterId: string;
    unitId: string;
    audience: MailAudience;
    about: string;
    /** Members who know already. */
    but?: string[];
  },
): Promise<void> => {
  await tx`
    insert into staff_mails (staff_id, letter_id, kind, about)
    select t.id, ${mail.letterId}, ${mail.kind}, ${mail.about} from staff t
    where t.email is not null and t.disabled_at is null and ${mail.kind} = any(t.mail_kinds)
      and t.id in (select ${mailStandInOf(tx, mail.kind)} from staff s
        where s.disabled_at is null and ${audienceOf(tx, mail.audience, mail.unitId)})
      and t.id <> all(${mail.but ?? []}::uuid[])
    on conflict (staff_id, about) do nothing`;
};

export const addDigests = async (db: Handle, day: string): Promise<void> => {
  await db`
    insert into staff_mails (staff_id, kind, about)
    select s.id, 'digest', ${`digest:${day}`} from staff s
    where s.email is not null and s.disabled_at is null and 'digest' = any(s.mail_kinds)
      and s.role <> 'auditor' and ${mailStandInOf(db, 'digest')} = s.id
    on conflict (staff_id, about) do nothing`;
};

export interface DueMail {
  id: string;
  staffId: string;
  letterId: string | null;
  kind: MailKind;
  about: string;
  attempts: number;
}

export const takeDueMails = (
  db: Handle,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<DueMail[]> =>
  db<DueMail[]>`
    update staff_mails set attempts = attempts + 1,
      next_attempt_at = now() + make_interval(secs => ${leaseSeconds})
    where id in (
      select id from staff_mails
      where sent_at is null and dropped_at is null and next_attempt_at <= now()
      order by next_attempt_at, created_at, id limit ${limit} for update skip locked)
    returning id, staff_id, letter_id, kind, about, attempts`;

export const markMailSent = async (db: Handle, id: string): Promise<void> => {
  await db`
    update staff_mails set sent_at = now(), last_error = null
    where id = ${id} and sent_at is null and dropped_at is null`;
};

export const dropMail = async (db: Handle, id: string, why: string): Promise<void> => {
  await db`
    update staff_mails set dropped_at = now(), last_error = ${why}
    where id = ${id} and sent_at is null`;
};

export const markMailNotSent = async (
  db: Handle,
  { id, why, seconds, hours }: { id: string; why: string; seconds: number; hours: number },
): Promise<void> => {
  await db`
    update staff_mails set last_error = ${why},
      next_attempt_at = now() + make_interval(secs => ${seconds}),
      dropped_at = case when created_at < now() - make_interval(hours => ${hours}) then now() end
    where id = ${id} and sent_at is null`;
};

export const countOpenMails = async (db: Handle): Promise<{ waiting: number; tried: number }> => {
  const [row] = await db<{ waiting: number; tried: number }[]>`
    select count(*)::int as waiting, count(*) filter (where last_error is not null)::int as tried
    from staff_mails where sent_at is null and dropped_at is null`;
  return row ?? { waiting: 0, tried: 0 };
};
