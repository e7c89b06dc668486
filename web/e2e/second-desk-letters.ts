/** The letters of the second desk, in states in which a letter hardly ever stands. */
import { randomUUID } from 'node:crypto';
import { setAttention } from '../../src/desk/letters/letters.sql.ts';
import { addLetterMessage } from '../../src/platform/messages/messages.sql.ts';
import { eraseLetterRow } from '../../src/operations/maintenance/retention.sql.ts';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { FILE_FLAGS } from '../../src/platform/files/file-checks.ts';
import { fileRow } from '../../src/testing/letters.ts';
import { freshMobile } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { SiteApplicant, SiteMember } from '../../src/testing/site-letters.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { resubmitLetter } from '../../src/desk/letters/resubmit-letter.ts';
import { objectToRejection } from '../../src/desk/letters/object-to-rejection.ts';
import { decideLetter } from '../../src/desk/letters/decide-letter.ts';
import { answerQuestion } from '../../src/desk/letters/answer-question.ts';
import { reopenLetter } from '../../src/desk/letters/reopen-letter.ts';
import { actOnLetter } from '../../src/desk/letters/act-on-letter.ts';

/** No space to break at, brackets, digits and two directions. */
export const LONG_SUBJECT =
  'درخواست بازدید از محل ساخت، پلاک ۱۲ (طبقه‌ی ۳)؛ پیوست: site_visit_request_without_any_space_2026-11-22.pdf';
export const LONG_NAME =
  'شرکت‌ساختمانی‌و‌تاسیساتی‌آرمان‌گستر‌نوین‌خاورمیانه (Arman Gostar Construction Co.)';
export const REASON =
  'تصویر سند مالکیت پیوست نشده است.\nنامه را همراه با سند دوباره بفرستید: https://desk.example/help';

/** The scenes take longer than anything of a sign-in may. */
export const HOURS = 10;

export type SecondLetter =
  | 'returned'
  /** Its deadline is over. */
  | 'overdue'
  | 'corrected'
  /** Rejected, and its sender can object; objected to; the same by who looks at it. */
  | 'rejected'
  | 'objected'
  | 'ownRejection'
  /** A question of its unit is open; another is answered. */
  | 'asked'
  | 'questioned'
  /** Units are asked about it: one has answered, one is late, one waits. */
  | 'consulted'
  /** Closed, and reopened by its sender. */
  | 'reopened'
  | 'repeat'
  | 'withdrawn'
  | 'erased'
  /** The record cannot be read. */
  | 'damaged'
  /** With open work, messages and something that needs attention. */
  | 'busy'
  /** Its decision is recorded and not applied. */
  | 'underWay'
  /** Decided by the reviewer just now, and by a colleague. */
  | 'undoable'
  | 'undoableElsewhere'
  /** A DOCX that was corrected, and which colleagues have open. */
  | 'document'
  /** Its replies have files with previews. */
  | 'answered'
  /** Its pages are about to be drawn, or cannot be. */
  | 'drawing'
  | 'notDrawn'
  /** Its pages are drawn while it is looked at. */
  | 'late'
  /** Sent from the number of the reviewer who looks at it. */
  | 'own'
  /** Its file waits for the virus scanner. */
  | 'waiting'
  /** Its file is infected, and holds things that readers are told of. */
  | 'infected'
  | 'infectedReturned';

export interface People {
  sender: SiteApplicant;
  /** Has the number of `reviewer`. */
  stranger: SiteApplicant;
  reviewer: SiteMember;
  colleague: SiteMember;
  clerk: SiteMember;
  unitId: string;
}

type Made<Which extends SecondLetter> = Promise<Record<Which, string>>;
/** What makes letters of the applicant who looks at them. */
type Send = (...of: Parameters<TestSite['letterIn']>) => Promise<string>;

const sendPlain = async (
  send: Send,
  { stranger }: People,
): Made<
  | 'returned'
  | 'corrected'
  | 'withdrawn'
  | 'repeat'
  | 'own'
  | 'waiting'
  | 'infected'
  | 'infectedReturned'
> => {
  const file = { ...fileRow(), name: 'نامه.docx', type: 'docx', scan: 'infected' } as const;
  const flagged = { ...file, id: randomUUID(), storageKey: randomUUID(), flags: [...FILE_FLAGS] };
  return {
    returned: await send('returned', { reason: REASON }),
    corrected: await send('corrected', { reason: REASON }),
    withdrawn: await send('withdrawn'),
    // Rows of files without content all name the same one.
    repeat: await send('pending'),
    own: await send('pending', { sender: stranger }),
    waiting: await send('pending', { file: { ...fileRow(), scan: 'waiting' } }),
    infected: await send('pending', { file: flagged }),
    infectedReturned: await send('returned', { file, reason: REASON }),
  };
};

const sendOverdue = async (site: TestSite, send: Send): Promise<string> => {
  const id = await send('pending', { subject: LONG_SUBJECT });
  await site.backdate(id);
  await site.db`
    insert into calendar_days (day, opens, closes, name) values
      ('2025-11-21', null, null, 'روز نمونه'), ('2025-11-25', 480, 720, 'روز جبرانی'),
      ('2026-03-21', null, null, 'عید نوروز'), ('2026-11-26', 480, 720, 'روز جبرانی')`;
  return id;
};

const sendSpoiled = async (site: TestSite, send: Send): Made<'erased' | 'damaged'> => {
  const erased = await send('closed');
  await site.db.begin((tx) => eraseLetterRow(tx, erased));
  const damaged = await send('corrected', { reason: REASON });
  // One bit of the key that everything of it is sealed with.
  await site.db`
    update letter_keys set sealed_key = set_byte(sealed_key, 20, get_byte(sealed_key, 20) # 1)
    where letter_id = ${damaged}`;
  return { erased, damaged };
};

const sendDecided = async (
  site: TestSite,
  send: Send,
  { reviewer, colleague, clerk }: People,
): Made<'undoable' | 'undoableElsewhere' | 'underWay' | 'busy'> => {
  const decided = async (staff: SiteMember, kind: 'approve' | 'reject'): Promise<string> => {
    const letterId = await send('pending');
    const decision = kind === 'approve' ? { kind } : { kind, reason: publicText(REASON) };
    await decideLetter(site.deps, { letterId, staff, decision });
    return letterId;
  };
  const underWay = await decided(reviewer, 'approve');
  await site.db`update decisions set applies_at = null where letter_id = ${underWay}`;
  const busy = await send('answered');
  for (const text of ['پرونده نزد کارشناس است.', 'پرونده بازگشت.'].map(publicText))
    await actOnLetter(site.deps, {
      letterId: busy,
      staff: clerk,
      action: { kind: 'update', text },
    });
  const why = 'registerLetter: the file of the letter is missing';
  await setAttention(site.db, { id: busy, why });
  await addMessages(site, busy);
  return {
    undoable: await decided(reviewer, 'approve'),
    undoableElsewhere: await decided(colleague, 'reject'),
    underWay,
    busy,
  };
};

const sendRejected = async (
  site: TestSite,
  send: Send,
  { sender, reviewer, colleague }: People,
): Made<'rejected' | 'objected' | 'ownRejection'> => {
  const rejectedBy = async (staff: SiteMember, subject?: string): Promise<string> => {
    const letterId = await send('pending', subject === undefined ? {} : { subject });
    const decision = { kind: 'reject', reason: publicText(REASON) } as const;
    await decideLetter(site.deps, { letterId, staff, decision });
    await site.applyDecision(letterId, 'reject', REASON);
    return letterId;
  };
  const objected = async (letterId: string): Promise<string> => {
    await objectToRejection(site.deps, { applicantId: sender.id, letterId, text: REASON });
    return letterId;
  };
  return {
    rejected: await rejectedBy(colleague),
    objected: await objected(await rejectedBy(colleague, LONG_SUBJECT)),
    ownRejection: await objected(await rejectedBy(reviewer)),
  };
};

const sendQuestioned = async (
  site: TestSite,
  send: Send,
  { sender }: People,
): Made<'asked' | 'questioned' | 'reopened'> => {
  const questioned = await send('asked', { question: 'کدام پلاک؟' });
  const [open] = await site.db<{ id: string }[]>`
    select open_question_id as id from letters where id = ${questioned}`;
  await answerQuestion(site.deps, {
    applicantId: sender.id,
    letterId: questioned,
    questionId: open?.id ?? '',
    text: LONG_SUBJECT,
    file: { ...fileRow(), scan: 'waiting' },
    formKey: randomUUID(),
  });
  await site.applyActions(questioned);
  const reopened = await send('closed');
  await reopenLetter(site.deps, {
    applicantId: sender.id,
    letterId: reopened,
    text: REASON,
    formKey: randomUUID(),
  });
  await site.applyActions(reopened);
  return { asked: await send('asked', { question: REASON }), questioned, reopened };
};

const sendConsulted = async (site: TestSite, send: Send): Made<'consulted'> => {
  const consulted = await send('approved');
  const names = ['امور حقوقی و قراردادها', 'امور شهروندان', 'بایگانی'];
  const units: string[] = [];
  for (const name of names) units.push(await site.addUnit(name));
  const asking = await site.addMember('admin');
  await actOnLetter(site.deps, {
    letterId: consulted,
    staff: asking,
    action: {
      kind: 'consult',
      units: units.map((unitId, index) => ({ unitId, workingDays: index + 1 })),
      note: new InternalText(REASON),
    },
  });
  await site.applyActions(consulted);
  const ids = await site.db<{ id: string; unitId: string }[]>`
    select id, unit_id from consultations where letter_id = ${consulted}`;
  const [answered = '', late = ''] = units.map(
    (unitId) => ids.find((one) => one.unitId === unitId)?.id ?? '',
  );
  await actOnLetter(site.deps, {
    letterId: consulted,
    staff: await site.addMember('unit', { unitIds: units }),
    action: { kind: 'opine', consultationId: answered, note: new InternalText(LONG_SUBJECT) },
  });
  await site.applyActions(consulted);
  await site.db`update consultations set overdue_at = now() where id = ${late}`;
  return { consulted };
};

const addMessages = async ({ db }: TestSite, letterId: string): Promise<void> => {
  await db`update messages set state = 'pending' where letter_id = ${letterId}`;
  const states = [
    ['failed', null],
    ['sent', null],
    ['sent', 'delivered'],
    ['sent', 'undelivered'],
  ] as const;
  for (const [state, delivery] of states) {
    const id = await addLetterMessage(db, {
      id: randomUUID(),
      letterId,
      kind: 'replied',
      outcomeKey: randomUUID(),
      recipient: freshMobile(),
      text: 'متن',
      params: {},
    });
    await db`update messages set state = ${state}, delivery = ${delivery} where id = ${id}`;
  }
};

const sendWithPreviews = async (
  site: TestSite,
  send: Send,
  people: People,
): Made<'document' | 'answered' | 'late' | 'notDrawn' | 'drawing'> => {
  const stored = async (type: 'pdf' | 'docx') => site.storeFile(await sampleFile(type));
  const { sender, unitId, colleague, clerk } = people;
  const document = await send('returned', { file: await stored('docx'), reason: REASON });
  const corrected = { round: 1, unitId, subject: LONG_SUBJECT, files: [await stored('docx')] };
  await resubmitLetter(site.deps, { applicantId: sender.id, letterId: document, ...corrected });
  for (const { id } of [colleague, clerk])
    await site.db`
      insert into letter_readers (letter_id, staff_id, seen_at)
      values (${document}, ${id}, now() + make_interval(hours => ${HOURS}))`;
  const text = 'پاسخ در فایل است.';
  const answered = await send('answered', { reply: { text, file: await stored('docx') } });
  const more = { kind: 'reply', text: publicText(text), file: await stored('pdf') } as const;
  await site.act({ id: answered, unitId, sender }, more);
  const late = await send('pending', { file: await stored('pdf') });
  await site.drawPreviews();
  const notDrawn = await send('pending', { file: await stored('pdf') });
  await site.db`
    update previews set failed_at = now()
    where file_id in (select id from files where letter_id = ${notDrawn})`;
  return {
    document,
    answered,
    late,
    notDrawn,
    drawing: await send('pending', { file: await stored('pdf') }),
  };
};

/** All of one applicant, but for the one of the reviewer's own number. */
export const sendLetters = async (
  site: TestSite,
  people: People,
): Promise<Record<SecondLetter, string>> => {
  const { sender, unitId } = people;
  const send: Send = async (is, options) =>
    (await site.letterIn(is, { sender, unitId, ...options })).id;
  return {
    ...(await sendPlain(send, people)),
    ...(await sendSpoiled(site, send)),
    ...(await sendRejected(site, send, people)),
    ...(await sendQuestioned(site, send, people)),
    ...(await sendConsulted(site, send)),
    ...(await sendDecided(site, send, people)),
    ...(await sendWithPreviews(site, send, people)),
    overdue: await sendOverdue(site, send),
  };
};
