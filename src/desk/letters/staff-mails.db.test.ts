/** E-mails to staff, taken by a real mail server: who gets which, once, and what stands in them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { publicText } from '../../platform/base/audience.ts';
import { createMailer } from '../../platform/messages/mailer.ts';
import type { Mailer } from '../../platform/messages/mailer.ts';
import type { Deps } from '../../platform/deps.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  noFiles,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { startMailServer } from '../../testing/mail-server.ts';
import type { TestMailServer } from '../../testing/mail-server.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { setMailSettings } from '../staff/staff-mail.sql.ts';
import { MAIL_KINDS } from '../staff/mail-settings.ts';
import type { MailKind } from '../staff/mail-settings.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { registerAbsence, cancelAbsence } from '../staff/absences.ts';
import { actOnLetter } from './act-on-letter.ts';
import { climbLadder } from './deadline-ladder.ts';
import { recordDecision } from './record-decision.ts';
import { recordUnitAction } from './record-unit-action.ts';
import { queueDigests, sendDueMails } from './send-staff-mails.ts';
import { addDigests, countOpenMails } from './staff-mails.sql.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let server: TestMailServer;
let mailer: Mailer;
let unitId: string;
let applicantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({
    url: database.url,
    max: 10,
    log: createTestLog('mails'),
    name: 'test',
    seals: testSeals,
  });
  deps = testDeps(db, {
    files: noFiles,
    env: {
      ANSWER_WORKING_DAYS: '4',
      REMIND_BEFORE_DAYS: '1',
      ESCALATE_AFTER_DAYS: '2',
      TEST_WORKING_DAY_SECONDS: '3600',
    },
  });
  server = await startMailServer();
  mailer = createMailer({ url: server.url, host: 'desk.test' });
  unitId = await addTestUnit(db, 'امور حقوقی');
  applicantId = await addTestApplicant(db);
});
afterAll(async () => {
  mailer?.close();
  await server?.stop();
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`delete from staff_mails`;
  await db`update staff set email = null`;
  server.received.length = 0;
  server.answer = 250;
});

const address = (member: StaffMember): string => `${member.username}@example.org`;

const addMember = async (
  role: StaffMember['role'],
  kinds: readonly MailKind[] = MAIL_KINDS,
  units = [unitId],
): Promise<StaffMember> => {
  const member = await addTestStaff(db, { role, unitIds: units });
  await setMailSettings(db, { staffId: member.id, email: address(member), kinds: [...kinds] });
  return member;
};

const approved = async (hours: number): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await db`
    update letters set submitted_at = now() - make_interval(hours => ${hours}, mins => 30)
    where id = ${letterId}`;
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'آزمون' };
  expect((await recordDecision(deps, { letterId, decision })).refused).toBeNull();
  return letterId;
};

const sendAll = async (): Promise<void> => {
  while ((await sendDueMails(deps, mailer)) > 0);
};

/** By kind, who has a mail of the letter. */
const mailsOf = async (letterId: string): Promise<Record<string, string[]>> => {
  const rows = await db<{ kind: string; username: string }[]>`
    select m.kind, s.username from staff_mails m join staff s on s.id = m.staff_id
    where m.letter_id = ${letterId} order by m.kind, s.username`;
  return Object.fromEntries(
    [...new Set(rows.map(({ kind }) => kind))].map((kind) => [
      kind,
      rows.filter((row) => row.kind === kind).map(({ username }) => username),
    ]),
  );
};
const names = (...members: StaffMember[]): string[] =>
  members.map(({ username }) => username).toSorted();

test('the unit is told of a new letter, a reminder and the deadline; heads and administrators of the delay', async () => {
  const [clerk, head, admin] = [
    await addMember('unit'),
    await addMember('head'),
    await addMember('admin'),
  ];
  await addMember('unit', MAIL_KINDS, [await addTestUnit(db)]);
  await addMember('reviewer');
  const quiet = await addMember('unit', ['digest']);
  const letterId = await approved(10);
  await climbLadder(deps, { letterId });
  await climbLadder(deps, { letterId });
  expect(await mailsOf(letterId)).toEqual({
    assigned: names(clerk, head),
    reminded: names(clerk, head),
    overdue: names(clerk, head),
    escalated: names(head, admin),
  });
  await sendAll();
  await sendAll();
  expect(server.received).toHaveLength(8);
  expect(server.received.flatMap(({ to }) => to)).not.toContain(address(quiet));
  const ids = server.received.map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(8);
  for (const id of ids) expect(id).toMatch(/^<[0-9a-f-]{36}@desk\.test>$/);
});

test('the heads of a unit are told of a reply that waits for a second look, but not its author', async () => {
  const clerk = await addMember('unit');
  const [head, author] = [await addMember('head'), await addMember('head')];
  await addMember('admin');
  await db`update units set second_look = true where id = ${unitId}`;
  const letterId = await approved(1);
  await actOnLetter(deps, {
    letterId,
    staff: author,
    action: { kind: 'reply', text: publicText('انجام شد'), file: null },
  });
  const [action] = await db<{ id: string }[]>`
    select id from unit_actions where letter_id = ${letterId}`;
  for (let time = 0; time < 2; time += 1)
    await recordUnitAction(deps, { letterId, actionId: action?.id ?? '' });
  await db`update units set second_look = false where id = ${unitId}`;
  expect(await mailsOf(letterId)).toEqual({
    assigned: names(clerk, head, author),
    reply_held: names(head),
  });
  await sendAll();
  expect(server.received.filter(({ to }) => to.includes(address(head)))).toHaveLength(2);
});

test('a reply that waits no longer is not announced', async () => {
  await db`update units set second_look = true where id = ${unitId}`;
  const author = await addMember('unit', []);
  const head = await addMember('head', ['reply_held']);
  const letterId = await approved(1);
  await actOnLetter(deps, {
    letterId,
    staff: author,
    action: { kind: 'reply', text: publicText('انجام شد'), file: null },
  });
  const [action] = await db<{ id: string }[]>`
    select id from unit_actions where letter_id = ${letterId}`;
  await recordUnitAction(deps, { letterId, actionId: action?.id ?? '' });
  await db`update units set second_look = false where id = ${unitId}`;
  expect(await mailsOf(letterId)).toEqual({ reply_held: names(head) });
  await db`update letters set held_reply_id = null where id = ${letterId}`;
  await sendAll();
  expect(server.received).toEqual([]);
});

test('the mail of a substitution names its days, and one that is cancelled before is not sent', async () => {
  const [absent, substitute] = [await addMember('unit'), await addMember('unit')];
  const away = async (days: [string, string]): Promise<string> => {
    const [since, until] = days;
    const result = await registerAbsence(deps, {
      byId: absent.id,
      staffId: absent.id,
      substituteId: substitute.id,
      since,
      until,
      from: undefined,
    });
    expect(result.outcome).toBe('registered');
    const [row] = await db<{ id: string }[]>`
      select id from staff_absences where staff_id = ${absent.id} and cancelled_at is null
      order by begins_at desc limit 1`;
    return row?.id ?? '';
  };
  const cancelled = await away(['1410/01/01', '1410/01/03']);
  await cancelAbsence(deps, {
    byId: absent.id,
    staffId: absent.id,
    absenceId: cancelled,
    from: undefined,
  });
  await away(['1410/02/05', '1410/02/07']);
  await sendAll();
  expect(server.received.map(({ to }) => to)).toEqual([
    [address(substitute)],
    [address(substitute)],
  ]);
  const bodies = server.received.map(({ raw }) =>
    Buffer.from(
      raw
        .split(/\r?\n\r?\n/)
        .slice(1)
        .join('')
        .replace(/\s/g, ''),
      'base64',
    ).toString('utf8'),
  );
  expect(bodies.join('\n')).toMatch(/1410\/02\/05[^]*1410\/02\/07/);
  expect(bodies.filter((body) => body.includes('لغو شد'))).toHaveLength(1);
  expect(bodies.join('\n')).not.toContain(absent.name);
});

test('a mail holds the number, the date and a link, and nothing that is confidential', async () => {
  await addMember('unit');
  const letterId = await approved(3);
  await sendAll();
  const [mail] = server.received;
  const encoded =
    mail?.raw
      .split(/\r?\n\r?\n/)
      .slice(1)
      .join('') ?? '';
  const isBase64 = /^Content-Transfer-Encoding: base64/im.test(mail?.raw ?? '');
  const body = isBase64
    ? Buffer.from(encoded.replace(/\s/g, ''), 'base64').toString('utf8')
    : encoded;
  const [row] = await db<{ letterNumber: string }[]>`
    select letter_number from letters where id = ${letterId}`;
  expect(body).toContain(row?.letterNumber ?? 'no number');
  expect(body).toContain(`http://desk.test/staff/letters/${letterId}`);
  expect(body).toMatch(/14\d\d\/\d\d\/\d\d/);
  expect(body).not.toContain('شرکت نمونه');
  expect(body).not.toContain('درخواست');
});

test('a server that is away is tried again with the same Message-ID, and one that refuses for good is not', async () => {
  await addMember('unit', ['assigned']);
  await approved(1);
  server.answer = 451;
  await sendAll();
  expect(await countOpenMails(db)).toEqual({ waiting: 1, tried: 1 });
  server.answer = 250;
  await db`update staff_mails set next_attempt_at = now()`;
  await sendAll();
  expect(server.received).toHaveLength(1);
  const [sent] = await db<{ id: string; attempts: number }[]>`
    select id, attempts from staff_mails where sent_at is not null`;
  expect(sent).toMatchObject({ attempts: 2 });
  expect(server.received[0]?.messageId).toBe(`<${sent?.id}@desk.test>`);

  await approved(1);
  server.answer = 550;
  await sendAll();
  expect(await countOpenMails(db)).toEqual({ waiting: 0, tried: 0 });
  expect(await db`select 1 from staff_mails where dropped_at is not null`).toHaveLength(1);
});

test('a day has one digest for each member who wants it and has something open', async () => {
  const clerk = await addMember('unit');
  await addMember('unit', ['assigned']);
  const idle = await addMember('unit', MAIL_KINDS, [await addTestUnit(db)]);
  const letterId = await approved(10);
  await db`delete from staff_mails`;
  await queueDigests(deps, new Date());
  await queueDigests(deps, new Date());
  await sendAll();
  expect(server.received.map(({ to }) => to)).toEqual([[address(clerk)]]);
  expect(server.received[0]?.raw).toContain('Subject:');
  const [row] = await db<{ lastError: string }[]>`
    select last_error from staff_mails where staff_id = ${idle.id}`;
  expect(row?.lastError).toBe('there is nothing to tell any more');
  await addDigests(db, '2030-01-01');
  await sendAll();
  expect(server.received).toHaveLength(2);
  expect(letterId).toBeTruthy();
});

test('digests begin with working hours and not on a day off', async () => {
  await addMember('unit');
  const onCalendar = testDeps(db, { files: noFiles });
  const count = async (): Promise<number> => (await db`select 1 from staff_mails`).length;
  // Thursday, then Saturday before and after 08:00, in Tehran.
  await queueDigests(onCalendar, new Date('2026-11-26T09:00:00+03:30'));
  await queueDigests(onCalendar, new Date('2026-11-28T07:59:00+03:30'));
  expect(await count()).toBe(0);
  await queueDigests(onCalendar, new Date('2026-11-28T08:00:00+03:30'));
  await queueDigests(onCalendar, new Date('2026-11-28T12:00:00+03:30'));
  expect(await count()).toBe(1);
  await queueDigests(onCalendar, new Date('2026-11-29T08:00:00+03:30'));
  expect(await count()).toBe(2);
});
