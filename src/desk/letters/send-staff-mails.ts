/**
 * Each e-mail is a row, written in the transaction of what it announces and sent by any worker
 * until the server accepts it.
 */
import { isDatabaseAway } from '../../platform/base/database.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { WorkLoop } from '../../platform/base/work-loop.ts';
import type { Deps } from '../../platform/deps.ts';
import { readOrganisationName } from '../../platform/base/organisation.sql.ts';
import {
  digestMail,
  letterMail,
  ORIGINAL_MAILS,
  substitutionMail,
} from '../../platform/messages/mail-texts.ts';
import type { MailKind, MailText, MailWords } from '../../platform/messages/mail-texts.ts';
import { findMessageText } from '../../platform/messages/message-texts.sql.ts';
import { MailError } from '../../platform/messages/mailer.ts';
import type { Mailer } from '../../platform/messages/mailer.ts';
import { dayIn, instantIn, weekdayOf } from '../administration/working-time.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';
import { findAbsence } from '../staff/absences.sql.ts';
import { findMailSettings } from '../staff/staff-mail.sql.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import { withSubstitution } from '../staff/substitution.ts';
import { findStaffById } from '../staff/staff.sql.ts';
import type { StaffRow } from '../staff/staff.sql.ts';
import { readClocks } from './deadlines.sql.ts';
import { readDeadlineTimes } from './due-rungs.ts';
import { listDue, readWorkingCalendar } from './deadlines.ts';
import { findLetter, listLettersById } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import {
  addDigests,
  dropMail,
  markMailNotSent,
  markMailSent,
  takeDueMails,
} from './staff-mails.sql.ts';
import type { DueMail } from './staff-mails.sql.ts';

const AT_ONCE = 5;
const LEASE_SECONDS = 120;
const FIRST_WAIT_SECONDS = 15;
const LONGEST_WAIT_SECONDS = 3600;
const LISTED = 20;

export const sendDueMails = async (deps: Deps, mailer: Mailer): Promise<number> => {
  const due = await takeDueMails(deps.db, { limit: AT_ONCE, leaseSeconds: LEASE_SECONDS });
  await Promise.all(due.map((mail) => sendOne(deps, mailer, mail)));
  return due.length;
};

export const createStaffMailSender = (deps: Deps, mailer: Mailer): WorkLoop => {
  const { config, log } = deps;
  let lookedAt = 0;
  return new WorkLoop({
    async work() {
      if (Date.now() - lookedAt > config.limits.digestPollMs) {
        await queueDigests(deps, new Date());
        lookedAt = Date.now();
      }
      return (await sendDueMails(deps, mailer)) > 0;
    },
    idleMs: config.limits.mailPollMs,
    onError(error) {
      if (isDatabaseAway(error)) log.warn('database away, e-mails wait');
      else log.error({ err: error }, 'e-mails could not be sent');
    },
  });
};

export const queueDigests = async ({ db, config }: Deps, now: Date): Promise<void> => {
  const calendar = await readWorkingCalendar(db, config);
  const day = dayIn(now, calendar.timeZone);
  if (isWorking(calendar, day, now)) await addDigests(db, day);
};

const isWorking = (calendar: WorkingCalendar, day: string, now: Date): boolean => {
  if (calendar.testDaySeconds) return true;
  const exception = calendar.days.get(day);
  const hours = exception ? exception.hours : calendar.week[weekdayOf(day)];
  if (!hours) return false;
  const [opens, closes] = [hours.opens, hours.closes].map((minutes) =>
    instantIn(day, minutes, calendar.timeZone),
  );
  return opens !== undefined && closes !== undefined && opens <= now && now < closes;
};

const sendOne = async (deps: Deps, mailer: Mailer, mail: DueMail): Promise<void> => {
  const { db, log, config } = deps;
  const { id, staffId, attempts } = mail;
  const [member, settings] = await Promise.all([
    findStaffById(db, staffId),
    findMailSettings(db, staffId),
  ]);
  if (!member || !settings?.email) return dropMail(db, id, 'the member has no address');
  const text = await textOf(deps, await withSubstitution(db, member), mail);
  if (!text) return dropMail(db, id, 'there is nothing to tell any more');
  try {
    const organisation = await readOrganisationName(db);
    await mailer.send({ id, organisation, to: settings.email, ...text });
    await markMailSent(db, id);
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const facts = { mailId: id, staffId, attempts, why: error.message };
    log.warn(facts, 'an e-mail to a member was not sent');
    if (error.final) return dropMail(db, id, error.message);
    const seconds = Math.min(
      LONGEST_WAIT_SECONDS,
      FIRST_WAIT_SECONDS * 2 ** Math.min(attempts, 20),
    );
    const hours = config.limits.mailRetryHours;
    await markMailNotSent(db, { id, why: error.message, seconds, hours });
  }
};

const textOf = async (
  deps: Deps,
  member: StaffRow,
  { kind, letterId, about }: DueMail,
): Promise<MailText | undefined> => {
  const { config, db } = deps;
  if (kind === 'digest') return digestOf(deps, member);
  if (kind === 'substitution') return substitutionOf(deps, about);
  const letter = letterId === null ? undefined : await findLetter(db, letterId);
  if (!letter) return undefined;
  const held = `${letter.id}:reply-held-${letter.heldReplyId}`;
  if (kind === 'reply_held' && about !== held) return undefined;
  return letterMail(config.ORG_LOCALE, await wordsOf(deps, kind), {
    org: await readOrganisationName(db),
    letterNumber: letter.letterNumber ?? '',
    dueOn: await dueOnOf(deps, letter),
    link: linkTo(deps, letter.id),
  });
};

const wordsOf = async ({ config, db }: Deps, kind: MailKind): Promise<MailWords> => {
  const locale = config.ORG_LOCALE;
  const own = await findMessageText(db, { text: `mail_${kind}`, locale });
  const original = ORIGINAL_MAILS[locale][kind];
  return { subject: own?.subject ?? original.subject, lead: own?.wording ?? original.lead };
};

const substitutionOf = async (deps: Deps, about: string): Promise<MailText | undefined> => {
  const { config, db } = deps;
  const [, id = '', cancelled] = about.split(':');
  const absence = await findAbsence(db, id);
  if (!absence || (absence.isCancelled && cancelled === undefined)) return undefined;
  const kind = absence.isCancelled ? 'substitution_cancelled' : 'substitution';
  return substitutionMail(config.ORG_LOCALE, await wordsOf(deps, kind), {
    org: await readOrganisationName(db),
    since: formatJalaliDay(absence.firstDay),
    until: formatJalaliDay(absence.lastDay),
    link: `${config.PUBLIC_ORIGIN}/staff`,
  });
};

const formatJalaliDay = (day: string): string =>
  formatJalaliDate(toJalali(new Date(`${day}T12:00:00Z`), 'UTC'));

const linkTo = ({ config }: Deps, letterId: string): string =>
  `${config.PUBLIC_ORIGIN}/staff/letters/${letterId}`;

const dueOnOf = async ({ config, db }: Deps, letter: LetterRow): Promise<string | null> => {
  const [clock] = await readClocks(db, [letter.id]);
  if (!clock) return null;
  const { deadline } = await readDeadlineTimes(config, db, { letter, clock });
  return deadline && formatJalaliDate(toJalali(new Date(deadline), config.ORG_TIME_ZONE));
};

const digestOf = async (deps: Deps, member: StaffRow): Promise<MailText | undefined> => {
  const { config, db } = deps;
  const ofUnits = isOfUnit(member);
  const scope = ofUnits ? { unitIds: member.unitIds } : {};
  const queues = ofUnits
    ? (['with_unit'] as const)
    : member.role === 'admin'
      ? (['pending', 'with_unit'] as const)
      : (['pending'] as const);
  const of = async (overdue: boolean): Promise<string[]> =>
    (await Promise.all(queues.map((queue) => listDue(deps, { queue, overdue, ...scope })))).flat();
  const [open, late] = await Promise.all([of(false), of(true)]);
  if (open.length === 0) return undefined;
  const letters = await listLettersById(db, late.slice(0, LISTED));
  return digestMail(config.ORG_LOCALE, await wordsOf(deps, 'digest'), {
    org: await readOrganisationName(db),
    open: open.length,
    late: late.length,
    letters: await Promise.all(
      letters.map(async (letter) => ({
        letterNumber: letter.letterNumber,
        dueOn: await dueOnOf(deps, letter),
        link: linkTo(deps, letter.id),
      })),
    ),
    link: `${config.PUBLIC_ORIGIN}/staff`,
  });
};
