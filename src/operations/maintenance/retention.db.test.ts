import { bytesOf } from '../../testing/file-content.ts';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { ensureLetterKey, createRecordSeals } from '../../platform/base/record-seals.sql.ts';
import { listDueLetters } from './retention.sql.ts';
import { deleteExpired } from '../../desk/staff/sessions.sql.ts';
import { findStaffById, resealStaff, setTotpSecret } from '../../desk/staff/staff.sql.ts';
import { resealApplicants, rewrapLetterKeys } from './reseal.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../testing/letters.ts';
import { readMessages } from '../../testing/messages.ts';
import {
  cookieOf,
  freshMobile,
  makeRealHome,
  REAL_CAPTCHA,
  startRealSite,
} from '../../testing/real-site.ts';
import type { RealHome, RealSite } from '../../testing/real-site.ts';
import { sampleFile } from '../../testing/sample-files.ts';
import { fa } from '../../../web/text/fa.ts';
import { verifyEvidence } from '../../../tools/verify-evidence.mjs';
import type { ActOnLetter } from '../../desk/letters/act-on-letter.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { evidenceJson, gatherEvidence } from '../../desk/proof/evidence.ts';
import { sweepFiles } from './file-sweep.ts';
import type { Limits } from '../../limits.ts';
import type { Deps } from '../../platform/deps.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { eraseLetter, listDueErasures, runRetention } from './retention.ts';
import { recordDecision } from '../../desk/letters/record-decision.ts';
import { recordUnitAction } from '../../desk/letters/record-unit-action.ts';
import { deriveKeys } from '../../platform/sealing/secrets.ts';
import { sendMessage } from '../../platform/messages/send-message.ts';
import { verifyAudit } from '../../desk/proof/verify-audit.ts';
import { verifyRegister } from '../../desk/proof/verify-register.ts';
import { InternalText, publicText } from '../../platform/base/audience.ts';
import { submitLetter } from '../../desk/letters/submit-letter.ts';
import { holdFiles } from '../../platform/files/held-uploads.ts';
import { findLetterById } from '../../desk/letters/letter-access.ts';
import { listLetters, getLetter } from '../../desk/letters/applicant-letters.ts';
import { readLetterFile } from '../../desk/letters/letter-files.ts';
import { getStaffQueue } from '../../desk/letters/staff-queue.ts';
import { getStaffLetter } from '../../desk/letters/staff-letter.ts';
import { receiveFile } from '../../platform/files/receive-file.ts';
import { decideLetter } from '../../desk/letters/decide-letter.ts';
import { actOnLetter } from '../../desk/letters/act-on-letter.ts';
import { startSignIn, confirmSignIn } from '../../desk/applicants/applicant-sign-in.ts';
import { findApplicant } from '../../desk/applicants/applicant-sessions.ts';
import { newCaptcha } from '../../desk/applicants/captcha/captcha.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const OPERATOR = { kind: 'operator', id: 'test' } as const;
const DAYS = {
  retainRejectedDays: 30,
  retainWithdrawnDays: 30,
  retainClosedDays: 30,
  retainMessagesDays: 30,
  retainApplicantsDays: 30,
};

const SENDER = 'شرکت تعاونی زنبق';
const SUBJECT = 'دادخواست بازنگری عوارض';
const FILE_NAME = 'سند محرمانه.pdf';
const NOTE = 'یادداشت درباره زنبق';
const REPLY = 'پاسخ نهایی به درخواست شما';
const REASON = 'مدارک هویتی ناقص است';
const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let home: RealHome;
let site: RealSite;
let db: Db;
let files: FileStore;
let unitId: string;
let reviewer: StaffMember;
let clerk: StaffMember;
/** Letters whose workflow runs, for the engine that is asked. */
let running: Set<string>;
/** What happens while the engine answers that it does not run. */
let meanwhile: (letterId: string) => Promise<void>;

beforeEach(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { OBJECTION_DAYS: '0', REOPEN_DAYS: '0' } });
  ({ db } = site);
  files = createFileStore(site.config.FILES_URL);
  unitId = await addTestUnit(db, 'واحد درآمد');
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  running = new Set();
  meanwhile = () => Promise.resolve();
});
afterEach(async () => {
  await site.stop();
  await home.remove();
});

const depsFor = (limits: Partial<Limits> = {}): Deps => {
  const deps = testDeps(db, { files, limits: { ...DAYS, ...limits } });
  return {
    ...deps,
    engine: Object.assign(deps.engine, {
      runningAmong: (ids: string[]) =>
        Promise.resolve(new Set(ids.filter((id) => running.has(id)))),
      async describe(id: string) {
        const status = running.has(id) ? 'RUNNING' : 'COMPLETED';
        await meanwhile(id);
        return status;
      },
    }),
  };
};

const signIn = async (mobile: string): Promise<{ applicantId: string; code: string }> => {
  const { id } = newCaptcha(site.deps);
  const started = await startSignIn(site.deps, {
    mobile,
    captchaId: id,
    captchaAnswer: REAL_CAPTCHA,
  });
  if (started.outcome !== 'sent') throw new Error('no code was sent');
  const [message] = await readMessages(db, { mobile });
  const code = message?.params.code ?? '';
  const confirmed = await confirmSignIn(site.deps, {
    challengeToken: started.challengeToken,
    code,
  });
  if (confirmed.outcome !== 'signed_in') throw new Error('not signed in');
  const applicant = await findApplicant(site.deps, confirmed.sessionToken);
  return { applicantId: applicant?.id ?? '', code };
};

const uploadOf = async (name: string) => {
  const { bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, {
    stream: Readable.from([bytes]),
    fileName: name,
  });
  if (!received.ok) throw new Error(received.problem);
  return received.file;
};

const submit = async (applicantId: string): Promise<string> => {
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: SENDER,
    unitId,
    subject: SUBJECT,
    files: [await uploadOf(FILE_NAME)],
  });
  await db`update outbox set done_at = now() where letter_id = ${letterId}`;
  return letterId;
};

/** What the letter's workflow does with a decision. */
const decide = async (letterId: string, kind: 'approve' | 'reject'): Promise<void> => {
  await decideLetter(site.deps, {
    letterId,
    staff: reviewer,
    decision: kind === 'approve' ? { kind } : { kind, reason: REASON },
  });
  const [row] = await db<{ id: string }[]>`
    select id from decisions where letter_id = ${letterId} and outcome is null`;
  const decisionId = row?.id ?? '';
  await send(
    (
      await recordDecision(site.deps, {
        letterId,
        decision: { kind, decisionId, by: reviewer.username },
      })
    ).messageIds,
  );
  await db`update outbox set done_at = now() where letter_id = ${letterId}`;
};

const act = async (letterId: string, action: ActOnLetter['action']): Promise<void> => {
  const actionKey = randomUUID();
  await actOnLetter(site.deps, { letterId, staff: clerk, actionKey, action });
  await send((await recordUnitAction(site.deps, { letterId, actionId: actionKey })).messageIds);
  await db`update outbox set done_at = now() where letter_id = ${letterId}`;
};

const told: { to: string; text: string }[] = [];
const send = async (messageIds: string[]): Promise<void> => {
  const smsGateway = {
    name: 'stub',
    send: ({ to, text }: { to: string; text: string }) => {
      told.push({ to, text });
      return Promise.resolve({});
    },
  };
  const deps = { ...site.deps, smsGateway };
  for (const messageId of messageIds) await sendMessage(deps, { messageId, again: false });
};

/** A letter that was answered with a file and closed. */
const wholeLife = async (applicantId: string): Promise<string> => {
  const letterId = await submit(applicantId);
  await decide(letterId, 'approve');
  await act(letterId, { kind: 'note', note: new InternalText(NOTE) });
  await act(letterId, {
    kind: 'reply',
    text: publicText(REPLY),
    file: await uploadOf(`پاسخ ${FILE_NAME}`),
  });
  await act(letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
  return letterId;
};

/** Everything that stands in the database, as a dump of it would say. */
const dump = async (): Promise<string> => {
  const tables = await db<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`;
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await db<{ row: string }[]>`select t::text as row from ${db(name)} t`;
    texts.push(...rows.map(({ row }) => `${name}: ${row}`));
  }
  return texts.join('\n');
};

const storedFiles = async (): Promise<string[]> => {
  const entries = await readdir(site.files, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
};

const age = async (letterId: string, days: number): Promise<void> => {
  await db`
    update letters set ended_at = now() - make_interval(days => ${days}) where id = ${letterId}`;
};

/** In every way in which a text may stand somewhere. */
const spellings = (text: string): string[] => [
  text,
  Buffer.from(text).toString('hex'),
  Buffer.from(text).toString('base64').slice(2, -4),
];

test('nobody can tell from a dump who wrote what: names, numbers, texts, codes and files are sealed', async () => {
  const mobile = freshMobile();
  const { applicantId, code } = await signIn(mobile);
  const answered = await wholeLife(applicantId);
  const rejected = await submit(applicantId);
  await decide(rejected, 'reject');
  await holdFiles(site.deps, {
    holder: { applicantId },
    formKey: randomUUID(),
    received: [await uploadOf(FILE_NAME)],
  });
  const written = [SENDER, SUBJECT, FILE_NAME, NOTE, REPLY, REASON];
  const secrets = [...written, mobile, mobile.slice(3), `0${mobile.slice(3)}`];
  const text = await dump();
  for (const secret of secrets)
    for (const spelling of spellings(secret)) expect(text).not.toContain(spelling);
  expect(text).not.toMatch(new RegExp(`(?<![\\w.:-])${code}(?![\\w.:-])`));
  // What is written down as clear.
  expect(text).toContain('واحد درآمد');
  const letter = await getLetter(site.deps, { applicantId, letterId: answered });
  expect(text).toContain(letter.letterNumber ?? '-');
  expect(text).toContain(letter.trackingCode ?? '-');

  const { bytes } = await sampleFile('pdf');
  const paths = await storedFiles();
  expect(paths).toHaveLength(4);
  for (const stored of paths) {
    const content = await readFile(stored);
    expect(content.includes('%PDF')).toBe(false);
    expect(content.includes(bytes.subarray(100, 132))).toBe(false);
  }

  // One that stands somewhere in clear is found.
  await db`update outbox set last_error = ${`not sent: ${SUBJECT}`} where letter_id = ${rejected}`;
  expect(await dump()).toContain(SUBJECT);

  // And the desk itself reads all of it.
  expect(letter).toMatchObject({ senderName: SENDER, subject: SUBJECT, erasedAt: null });
  expect(letter.files[0].name).toBe(FILE_NAME);
  const { internalEntries } = await getStaffLetter(site.deps, {
    staff: reviewer,
    letterId: answered,
  });
  expect(internalEntries.map(({ note }) => note?.reveal())).toEqual([NOTE]);
  expect(letter.replyList[0]).toMatchObject({ text: REPLY, file: { name: `پاسخ ${FILE_NAME}` } });
  const file = await readLetterFile(site.deps, {
    applicantId,
    letterId: answered,
    replyNumber: 1,
  });
  expect((await bytesOf(file.content)).equals(bytes)).toBe(true);
  const other = await getStaffLetter(site.deps, { staff: reviewer, letterId: rejected });
  expect(other).toMatchObject({
    rejectionReason: REASON,
    maskedMobile: `${mobile.slice(0, 6)}•••${mobile.slice(-4)}`,
  });
  expect(told.at(-1)).toMatchObject({
    to: mobile,
    text: expect.stringContaining(REASON) as string,
  });
});

test('an erased letter is gone from the record and the store, and what is proved stays proved', async () => {
  const { applicantId } = await signIn(freshMobile());
  const letterId = await wholeLife(applicantId);
  await submit(applicantId);
  const before = await db`select prev_hash, hash, details from audit_entries
    where letter_id = ${letterId} order by letter_seq`;
  expect(await eraseLetter(depsFor(), { letterId, actor: OPERATOR, why: 'request 12' })).toEqual({
    outcome: 'erased',
    files: 2,
  });
  expect(await storedFiles()).toHaveLength(1);

  const letter = await getLetter(site.deps, { applicantId, letterId });
  expect(letter).toMatchObject({
    senderName: '',
    subject: '',
    replyList: [],
    replies: 0,
    status: 'approved',
    step: 'closed',
    files: [{ name: '' }],
  });
  expect(letter.letterNumber).toMatch(/^\d+\/1$/);
  expect(letter.erasedAt).toBeInstanceOf(Date);
  expect(JSON.stringify(letter.timeline)).not.toContain(NOTE);
  for (const replyNumber of [undefined, 1])
    await expect(
      readLetterFile(site.deps, {
        applicantId,
        letterId,
        ...(replyNumber !== undefined && { replyNumber }),
      }),
    ).rejects.toMatchObject({ code: 'erased' });
  const headers = { cookie: await cookieOf(db, { applicantId }), host: 'desk.test' };
  const page = await site.app.request(`http://desk.test/letters/${letterId}`, { headers });
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain(fa.erased.notice);
  expect(html).not.toContain(`/letters/${letterId}/file`);
  const download = await site.app.request(`http://desk.test/letters/${letterId}/file`, { headers });
  expect(download.status).toBe(410);
  expect(await download.text()).toContain(fa.errors.erased.title);
  const [queued] = (await getStaffQueue(site.deps, { staff: clerk, filter: 'closed' })).letters;
  expect(queued).toMatchObject({ id: letterId, subject: '' });

  // The entries are what they were, one was added, and everything verifies.
  const after = await db`select prev_hash, hash, details from audit_entries
    where letter_id = ${letterId} order by letter_seq`;
  expect(after.slice(0, before.length)).toEqual(before);
  expect(await verifyAudit(db, { checkpoints: [] })).toMatchObject({ ok: true });
  expect(await verifyRegister(db, { timeZone: 'Asia/Tehran', checkpoints: [] })).toMatchObject({
    ok: true,
  });
  const evidence = await gatherEvidence({
    db,
    letterId,
    checkpoints: [],
    history: { missing: 'not asked' },
    files,
  });
  if (!evidence) throw new Error('there is no such letter');
  const bundle = evidenceJson(evidence);
  expect(verifyEvidence(bundle).problems).toEqual([]);
  expect(bundle.toString()).toContain('"erasedAt": "2');
  expect(await sweepFiles(depsFor())).toMatchObject({ missing: 0, spared: 0 });
  expect(await eraseLetter(depsFor(), { letterId, actor: OPERATOR, why: 'again' })).toEqual({
    outcome: 'erased_before',
  });
});

test('the audit details of a letter open with its audit key until it is erased', async () => {
  const { applicantId } = await signIn(freshMobile());
  const letterId = await submit(applicantId);
  await decide(letterId, 'reject');
  const gather = async (): Promise<string> => {
    const evidence = await gatherEvidence({
      db,
      letterId,
      checkpoints: [],
      history: { missing: 'not asked' },
      files: undefined,
    });
    if (!evidence) throw new Error('there is no such letter');
    return evidenceJson(evidence).toString();
  };
  const whole = await gather();
  const checked = verifyEvidence(Buffer.from(whole));
  expect(checked.problems).toEqual([]);
  expect(checked.checks).toContainEqual(expect.stringMatching(/^1 sealed detail/));
  const lied = JSON.parse(whole) as { parts: { 'audit.json': { opened?: { text: string } }[] } };
  const entry = lied.parts['audit.json'].find(({ opened }) => opened);
  expect(entry?.opened?.text).toBe(REASON);
  await eraseLetter(depsFor(), { letterId, actor: OPERATOR, why: 'request 12' });
  expect(await gather()).not.toContain(REASON);
});

test('what is due goes by class and by date, the rest stays', async () => {
  const applicantId = await addTestApplicant(db);
  const letters = {
    closed: await wholeLife(applicantId),
    rejected: await submit(applicantId),
    young: await submit(applicantId),
    pending: await submit(applicantId),
    withdrawn: await submit(applicantId),
  };
  await decide(letters.rejected, 'reject');
  await decide(letters.young, 'reject');
  await db`
    update letters set status = 'withdrawn', withdrawn_at = now() where id = ${letters.withdrawn}`;
  for (const id of Object.values(letters)) {
    const [row] = await db<
      { endedAt: Date | null }[]
    >`select ended_at from letters where id = ${id}`;
    expect(row?.endedAt instanceof Date).toBe(id !== letters.pending);
    if (id !== letters.pending) await age(id, id === letters.young ? 29 : 31);
  }
  const dueIds = async (days: Partial<Limits>): Promise<string[]> =>
    (await listDueErasures(depsFor(days), 10)).map(({ id }) => id).sort();
  expect(await dueIds({})).toEqual([letters.closed, letters.rejected, letters.withdrawn].sort());
  expect(await dueIds({ retainClosedDays: 0 })).toEqual(
    [letters.rejected, letters.withdrawn].sort(),
  );
  expect(
    await dueIds({ retainRejectedDays: 0, retainClosedDays: 0, retainWithdrawnDays: 0 }),
  ).toEqual([]);
  expect(await runRetention(depsFor({ retainWithdrawnDays: 0 }))).toMatchObject({
    erased: 2,
    waiting: 0,
  });
  const erased = await db<{ letterId: string }[]>`
    select letter_id from letter_keys where erased_at is not null`;
  expect(erased.map(({ letterId }) => letterId).sort()).toEqual(
    [letters.closed, letters.rejected].sort(),
  );
  const [entry] = await db<{ details: { why: string } }[]>`
    select details from audit_entries where letter_id = ${letters.closed} and action = 'erased'`;
  expect(entry?.details.why).toBe('retention of 30 days after it was closed');
  expect(await runRetention(depsFor({ retainWithdrawnDays: 0 }))).toMatchObject({ erased: 0 });
});

test('a letter is not erased while something of it is under way', async () => {
  const applicantId = await addTestApplicant(db);
  const letterId = await submit(applicantId);
  const deps = depsFor();
  const erase = () => eraseLetter(deps, { letterId, actor: OPERATOR, why: 'request 12' });
  expect(await erase()).toEqual({ outcome: 'not_ended' });
  expect(
    await eraseLetter(deps, { letterId: randomUUID(), actor: OPERATOR, why: 'request 12' }),
  ).toEqual({ outcome: 'not_found' });
  await decide(letterId, 'reject');
  await age(letterId, 31);
  running.add(letterId);
  expect(await erase()).toEqual({ outcome: 'still_running' });
  expect(await runRetention(deps)).toMatchObject({ erased: 0, waiting: 1 });
  running.clear();
  await db`update messages set state = 'pending' where letter_id = ${letterId}`;
  expect(await runRetention(deps)).toMatchObject({ erased: 0, waiting: 1 });
  // Refused for good: given up, so that the workflow that waits for a retry ends.
  await db`update messages set state = 'failed' where letter_id = ${letterId}`;
  expect(await runRetention(deps)).toMatchObject({ erased: 0, waiting: 1 });
  const [asked] = await db<{ kind: string }[]>`
    select kind from outbox where letter_id = ${letterId} and done_at is null`;
  expect(asked?.kind).toBe('retry');
  expect(await erase()).toEqual({ outcome: 'still_running' });
  await db`update outbox set done_at = now() where letter_id = ${letterId}`;
  expect(await runRetention(deps)).toMatchObject({ erased: 1, waiting: 0 });
});

test('a letter that is tried again while it is being erased stays until that is over', async () => {
  const applicantId = await addTestApplicant(db);
  const letterId = await submit(applicantId);
  await decide(letterId, 'reject');
  await age(letterId, 31);
  const deps = depsFor();
  const retried = async (letter: string): Promise<void> => {
    await db`
      insert into outbox (letter_id, kind, payload) values (${letter}, 'retry', '{}')`;
  };
  meanwhile = retried;
  expect(await runRetention(deps)).toMatchObject({ erased: 0, waiting: 1 });
  await db`update outbox set done_at = now()`;
  // Told to the engine already when the letter is locked: its workflow may run.
  meanwhile = async (letter) => {
    await retried(letter);
    await db`update outbox set done_at = now() where done_at is null`;
  };
  expect(await eraseLetter(deps, { letterId, actor: OPERATOR, why: 'request 12' })).toEqual({
    outcome: 'still_running',
  });
  expect(await runRetention(deps)).toMatchObject({ erased: 0, waiting: 1 });
  expect(await findLetterById(db, letterId)).toMatchObject({ subject: SUBJECT, erasedAt: null });
  meanwhile = () => Promise.resolve();
  expect(await runRetention(deps)).toMatchObject({ erased: 1, waiting: 0 });
});

test('the engine itself is asked before a letter is erased, as its index lags behind', async () => {
  const applicantId = await addTestApplicant(db);
  const letterId = await submit(applicantId);
  await decide(letterId, 'reject');
  const { engine, ...rest } = depsFor();
  const deps = {
    ...rest,
    engine: Object.assign(engine, { describe: () => Promise.resolve('RUNNING') }),
  };
  await age(letterId, 31);
  expect(await runRetention(deps)).toMatchObject({ erased: 0, waiting: 1 });
  expect(await eraseLetter(deps, { letterId, actor: OPERATOR, why: 'request 12' })).toEqual({
    outcome: 'still_running',
  });
});

test('a letter that is due is met once, however its page ends', async () => {
  const applicantId = await addTestApplicant(db);
  const letterIds = [
    await submit(applicantId),
    await submit(applicantId),
    await submit(applicantId),
    await submit(applicantId),
  ].sort();
  for (const letterId of letterIds) await decide(letterId, 'reject');
  // Within one millisecond, and two of them within one microsecond.
  for (const [place, letterId] of letterIds.entries())
    await db`
      update letters set ended_at = '2025-01-01 10:00:00.000900Z'::timestamptz
        - make_interval(secs => ${Math.min(place, 2) * 1e-6}) where id = ${letterId}`;
  const met: string[] = [];
  for (let after: string | undefined; met.length < 10; after = met.at(-1)) {
    const page = await listDueLetters(db, {
      days: { rejected: 30, withdrawn: 30, closed: 30 },
      limit: 1,
      after,
    });
    if (page.length === 0) break;
    met.push(...page.map(({ id }) => id));
  }
  expect(met).toEqual([letterIds[2], letterIds[3], letterIds[1], letterIds[0]]);
});

test('an erased key does not come back, and texts that a backup brings back are erased again', async () => {
  const { applicantId } = await signIn(freshMobile());
  const letterId = await submit(applicantId);
  await decide(letterId, 'reject');
  const [old] = await db<{ senderName: string; subject: string }[]>`
    select sender_name, subject from letters where id = ${letterId}`;
  const [key] = await db<{ sealedKey: Buffer }[]>`
    select sealed_key from letter_keys where letter_id = ${letterId}`;
  await eraseLetter(depsFor(), { letterId, actor: OPERATOR, why: 'request 12' });
  await expect(db`
    update letter_keys set sealed_key = ${key?.sealedKey ?? null}, erased_at = null
    where letter_id = ${letterId}`).rejects.toThrow('its key does not come back');
  await expect(db`delete from letter_keys where letter_id = ${letterId}`).rejects.toThrow(
    'append-only',
  );
  expect(await ensureLetterKey(db, letterId)).toBeNull();
  await db`
    update letters set sender_name = ${old?.senderName ?? ''}, subject = ${old?.subject ?? ''}
    where id = ${letterId}`;
  expect(await findLetterById(db, letterId)).toMatchObject({ senderName: '', subject: '' });
  await runRetention(depsFor());
  const [row] = await db`select sender_name from letters where id = ${letterId}`;
  expect(row).toEqual({ senderName: 's1:' });
});

test('the number of a person goes when nothing of theirs is left, and is a new person’s then', async () => {
  const mobile = freshMobile();
  const applicantId = await addTestApplicant(db, mobile);
  const letterId = await submit(applicantId);
  await decide(letterId, 'reject');
  const run = async (): Promise<number> =>
    (await runRetention(depsFor({ retainMessagesDays: 0 }))).applicants;
  await db`update applicants set created_at = now() - interval '31 days'`;
  expect(await run()).toBe(0);
  await eraseLetter(depsFor(), { letterId, actor: OPERATOR, why: 'request 12' });
  // Not at once: they may want to see that it was done.
  expect(await run()).toBe(0);
  await db`alter table letter_keys disable trigger letter_keys_stay_erased`;
  await db`update letter_keys set erased_at = now() - interval '31 days'`;
  await cookieOf(db, { applicantId });
  expect(await run()).toBe(0);
  await db`delete from sessions`;
  expect(await run()).toBe(1);
  expect(await run()).toBe(0);
  expect(await db`select mobile_sealed, mobile_hash from applicants`).toEqual([
    { mobileSealed: null, mobileHash: null },
  ]);
  const again = await addTestApplicant(db, mobile);
  expect(again).not.toBe(applicantId);
  expect(await listLetters(site.deps, { applicantId: again })).toEqual([]);
  const staffView = await getStaffLetter(site.deps, { staff: reviewer, letterId });
  expect(staffView.maskedMobile).toBe('');
});

test('texts of sent messages go with their time, and codes after a day', async () => {
  const mobile = freshMobile();
  const { applicantId } = await signIn(mobile);
  const letterId = await submit(applicantId);
  await decide(letterId, 'reject');
  await db`update messages set sent_at = now() - interval '29 days' where letter_id is not null`;
  expect((await runRetention(depsFor())).messages).toBe(0);
  await db`update messages set sent_at = now() - interval '31 days' where letter_id is not null`;
  expect((await runRetention(depsFor())).messages).toBe(1);
  expect((await runRetention(depsFor())).messages).toBe(0);
  await deleteExpired(db);
  expect(await readMessages(db, { mobile })).toHaveLength(1);
  await db`update messages set created_at = now() - interval '25 hours' where kind = 'code'`;
  await deleteExpired(db);
  expect(await readMessages(db, { mobile })).toEqual([]);
  expect(await db`select state, recipient, text from messages order by kind`).toMatchObject([
    { recipient: 's1:', text: 's1:' },
    { state: 'sent', recipient: 's1:', text: 's1:' },
  ]);
});

test('under a new master secret everything is read, and sealed anew it needs the old one no more', async () => {
  const mobile = freshMobile();
  const applicantId = await addTestApplicant(db, mobile);
  const letterId = await submit(applicantId);
  await setTotpSecret(db, { id: clerk.id, secret: TOTP_SECRET, step: 0 });
  const before = deriveKeys('a master secret of tests, long enough').record;
  const after = deriveKeys('the master secret that came after it').record;
  const openWith = (keys: Parameters<typeof createRecordSeals>[0]['keys']): Db =>
    createDb({
      url: home.databaseUrl,
      max: 2,
      log,
      name: 'test',
      seals: createRecordSeals({ keys }),
    });
  const both = openWith([after, before]);
  expect(await findLetterById(both, letterId)).toMatchObject({ subject: SUBJECT, mobile });
  expect(await rewrapLetterKeys(both)).toEqual({ changed: 1, damaged: 0 });
  expect(await resealApplicants(both)).toEqual({ changed: 1, damaged: 0 });
  expect(await resealStaff(both)).toEqual({ changed: 1, damaged: 0 });
  expect(await resealStaff(both)).toEqual({ changed: 0, damaged: 0 });
  expect(await rewrapLetterKeys(both)).toEqual({ changed: 0, damaged: 0 });
  expect(await resealApplicants(both)).toEqual({ changed: 0, damaged: 0 });
  await both.end();
  const alone = openWith([after]);
  expect(await findLetterById(alone, letterId)).toMatchObject({ subject: SUBJECT, mobile });
  expect(await addTestApplicant(alone, mobile)).toBe(applicantId);
  expect(await findStaffById(alone, clerk.id)).toMatchObject({ totpSecret: TOTP_SECRET });
  await alone.end();
  expect(await findLetterById(db, letterId)).toMatchObject({ damaged: true, subject: '' });
});
