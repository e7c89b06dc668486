/**
 * Situations made on purpose, each of which a sound desk comes through. They are what the sabotaged
 * builds are tried with: a break here, or among the invariants afterwards, is the alarm.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pidOf, signal as sendSignal } from './desk-processes.ts';
import { hasCommand } from './invariants/commands.ts';
import { untilClimbed, untilSettled } from './invariants/rest.ts';
import {
  confirmLetter,
  decideLetter,
  objectToRejection,
  sendLetter,
  signalLetter,
  type Submission,
  submitLetter,
  undoDecision,
  writeLetter,
} from './people.ts';
import { findWaiting, holdLock, type Probe, type Problem, until } from './scene.ts';
import { approveInBulk, consultUnit, referLetter, writeNote } from './unit-work.ts';
import { CAPTCHA_CODE, cookieOf, inside } from './visitor.ts';

/**
 * The transaction that registers a letter is cut off at its last step. Whatever was done in it
 * must be undone with it: the number, and the SMS.
 */
const abortedApproval: Probe = async ({ stage, reviewer, submit, approve }) => {
  const letterId = await submit();
  await until(async () => (await untilSettled(stage, 0)).length === 0, 20_000);
  const worker = pidOf(stage.supervisor, 'worker');
  if (worker === undefined) throw new Error('there is no worker');
  sendSignal([worker], 'SIGSTOP');
  await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
  const release = await holdLock(stage, (tx) => tx`lock table audit_entries in exclusive mode`);
  sendSignal([worker], 'SIGCONT');
  const over = stage.faults.begin('a registering transaction is cut off');
  const waiting = await until(() => findWaiting(stage, 'worker'), 20_000);
  if (waiting !== undefined) await stage.sql`select pg_terminate_backend(${waiting})`;
  await release();
  over();
  await approve(await submit());
  return waiting === undefined
    ? [{ invariant: 'probe', witness: 'the worker never waited for the audit trail' }]
    : [];
};

/** No letter can be written; nobody may be told that theirs was. */
const lateCommit: Probe = async ({ stage, applicant, unitId }) => {
  const submission = writeLetter(stage, { applicant, unitId });
  const release = await holdLock(stage, (tx) => tx`lock table letters in exclusive mode`);
  const waiting = until(() => findWaiting(stage, 'web'), 4000);
  const letterId = await sendLetter(stage, submission);
  const pid = await waiting;
  if (pid !== undefined) await stage.sql`select pg_terminate_backend(${pid})`;
  await release();
  if (letterId !== undefined) await confirmLetter(stage, submission, letterId);
  else await submitLetter(stage, submission);
  return [];
};

/** The gateway takes the message and says that it did not. */
const deliveredAgain: Probe = async ({ stage, submit, approve }) => {
  const letterId = await submit();
  stage.setGateway('accept-then-500');
  await approve(letterId);
  const taken = (): number =>
    stage.gateway.received.filter((sms) => sms.taken && sms.kind === 'approved').length;
  const before = taken();
  await until(async () => taken() >= before + 2, 20_000);
  stage.setGateway('ok');
  return [];
};

/** Somebody else's letter, or nobody's session. */
const stranger: Probe = async ({ stage: { visitor }, stranger: other, submit }) => {
  const letterId = await submit();
  const problems: Problem[] = [];
  for (const address of [
    `/letters/${letterId}`,
    `/letters/${letterId}?latest=1`,
    `/letters/${letterId}/file`,
  ]) {
    const theirs = await visitor.get(address, other.cookie);
    if (theirs?.status !== 404)
      problems.push({
        invariant: 'ownership',
        witness: `${address}: a stranger got ${theirs?.status}`,
      });
    const nobody = await visitor.get(address);
    if (nobody?.status !== 303 || nobody.body.includes(letterId))
      problems.push({
        invariant: 'ownership',
        witness: `${address}: nobody got ${nobody?.status}`,
      });
  }
  return problems;
};

/** Where the desk's processes write what they flush, rename and answer, in order. */
export const FLUSH_LOG = 'flushes.jsonl';

/** The file and its names are flushed before the letter is promised. */
const flushOrder: Probe = async ({ stage, submit }) => {
  const letterId = await submit();
  const [file] = await stage.sql<{ storage_key: string }[]>`
    select storage_key from files where letter_id = ${letterId}`;
  const log = await readFile(path.join(stage.folder, FLUSH_LOG), 'utf8');
  const events = log
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { what: string; path: string; from?: string });
  const key = file?.storage_key ?? '-';
  const stored = events.findIndex(
    (one) => one.what === 'rename' && path.basename(one.path) === key,
  );
  const rename = events[stored];
  const answered = events.findIndex((one) => one.what === '303' && one.path.includes(letterId));
  const missing = (what: string): Problem => ({
    invariant: 'flush',
    witness: `letter ${letterId}: ${what}`,
  });
  if (rename === undefined || answered < 0) return [missing('its file was not seen being stored')];
  const problems: Problem[] = [];
  const flushed = (place: string | undefined, from: number, to: number): boolean =>
    events.slice(from, to).some((one) => one.what === 'sync' && one.path === place);
  if (!flushed(rename.from, 0, stored))
    problems.push(missing('its file was named before it was flushed'));
  if (!flushed(path.dirname(rename.path), stored, answered))
    problems.push(missing('it was promised before the name of its file was flushed'));
  return problems;
};

const GUESSES = 200;
/** `CODE_TRIES` of the desk as it comes. */
const TRIES = 5;

/** Two hundred guesses at the same moment get no more tries than one after the other. */
const parallelGuesses: Probe = async ({ stage }) => {
  const { visitor, gateway } = stage;
  const mobile = '09127778899';
  const first = await visitor.untilAnswered(() => visitor.get('/?lang=en'));
  const captchaId = inside(first, /name="captchaId" value="([^"]+)"/);
  const fields = { mobile, captchaId, captcha: CAPTCHA_CODE };
  const asked = await visitor.post('/sign-in', fields, cookieOf(first, 'visit'));
  const challenge = (asked && cookieOf(asked, 'challenge')) ?? '';
  const sms = await until(
    async () => gateway.received.find((one) => one.to === `+98${mobile.slice(1)}`),
    10_000,
  );
  const code = /#(\d{6})\s*$/.exec(sms?.text ?? '')?.[1] ?? '000000';
  const cookie = `${challenge}; lang=en`;
  const guesses = Array.from({ length: GUESSES }, (_, index) =>
    String((Number(code) + 1 + index) % 1_000_000).padStart(6, '0'),
  );
  const answers = await Promise.all(
    guesses.map((guess) => visitor.post('/sign-in/code', { code: guess }, cookie)),
  );
  const weighed = answers.filter((answer) => answer?.body.includes('The confirmation code is not'));
  const problems: Problem[] = [];
  if (weighed.length > TRIES)
    problems.push({
      invariant: 'attempts',
      witness: `${weighed.length} of ${GUESSES} guesses were weighed`,
    });
  const right = await visitor.post('/sign-in/code', { code }, cookie);
  if (right?.status !== 422)
    problems.push({
      invariant: 'attempts',
      witness: `the code still lived after them: ${right?.status}`,
    });
  return problems;
};

/** A solved picture is worth one code. */
const captchaTwice: Probe = async ({ stage: { visitor } }) => {
  const first = await visitor.untilAnswered(() => visitor.get('/'));
  const captchaId = inside(first, /name="captchaId" value="([^"]+)"/);
  const ask = (index: number) =>
    visitor.post(
      '/sign-in',
      {
        mobile: `0913${String(1_000_000 + index).slice(-7)}`,
        captchaId,
        captcha: CAPTCHA_CODE,
      },
      cookieOf(first, 'visit'),
    );
  const together = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(index)));
  const answers = [...together, await ask(10)];
  const taken = answers.filter((answer) => answer?.status === 303).length;
  return taken === 1
    ? []
    : [{ invariant: 'captcha', witness: `one picture was good for ${taken} codes` }];
};

/** Two people decide at the same moment, one way and the other. */
const twoDeciders: Probe = async ({ stage, reviewer, admin, submit }) => {
  for (let round = 0; round < 5; round += 1) {
    const letterId = await submit();
    const reason = `دلیل ${letterId.slice(0, 8)}`;
    await Promise.all([
      decideLetter(stage, reviewer, letterId, { kind: 'approve' }),
      decideLetter(stage, admin, letterId, { kind: 'reject', reason }),
    ]);
  }
  return [];
};

/** On a slow machine the window may be over before the click. */
const MOST_UNDO_TRIES = 10;

/** A decision is taken back in time; when its undo window is over, nothing has come of it. */
const takenBack: Probe = async ({ stage, reviewer, submit }) => {
  for (let turn = 0; turn < MOST_UNDO_TRIES; turn += 1) {
    const letterId = await submit();
    await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
    if ((await undoDecision(stage, reviewer, letterId)) !== 'undone') continue;
    // The workflow looks at the record when its timer has fired.
    const handle = stage.temporal.workflow.getHandle(`letter-${letterId}`);
    await until(async () => {
      const { events = [] } = await handle.fetchHistory();
      return events?.some((event) => event.markerRecordedEventAttributes);
    }, 30_000);
    return [];
  }
  return [{ invariant: 'I13', witness: 'no decision could be taken back in time' }];
};

/** What the gateway refused for good is not tried again by itself. */
const finalRefusal: Probe = async ({ stage, submit, approve }) => {
  const letterId = await submit();
  stage.setGateway({ status: 400 });
  const before = stage.gateway.received.length;
  await approve(letterId);
  const tries = () => stage.gateway.received.slice(before).filter((sms) => sms.kind === 'approved');
  await until(async () => tries().length > 0, 20_000);
  await delay(5000);
  const count = tries().length;
  stage.setGateway('ok');
  // By hand it is, and then the letter is well again.
  await until(async () => {
    const [row] = await stage.sql<{ why: string | null }[]>`
      select needs_attention as why from letters where id = ${letterId}`;
    return row?.why !== null || count > 1;
  }, 10_000);
  await stage.temporal.workflow.getHandle(`letter-${letterId}`).signal('retry');
  return count === 1
    ? []
    : [
        {
          invariant: 'retry',
          witness: `a message that was refused for good was tried ${count} times`,
        },
      ];
};

/** The ordinary life of a letter, whose workflow can be found by its id. */
const ordinaryLife: Probe = async ({ submit, approve }) => {
  await submit();
  await approve(await submit());
  return [];
};

/** Somebody with the database in their hands changes what the audit trail says. */
const tamperedAudit: Probe = async ({ stage, submit, approve }) => {
  const letterId = await submit();
  await approve(letterId);
  await untilSettled(stage, 30_000);
  if (!(await hasCommand(stage, 'verify-audit')))
    return [{ invariant: 'probe', witness: 'there is no command verify-audit' }];
  const { sql } = stage;
  const change = (actor: string) =>
    sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      const [row] = await tx<{ actor: string }[]>`
        select actor from audit_entries where letter_id = ${letterId} and action = 'approved'`;
      await tx`update audit_entries set actor = ${actor}
        where letter_id = ${letterId} and action = 'approved'`;
      return row?.actor ?? '';
    });
  const actor = await change(randomUUID());
  const { code, stdout } = await stage.command('verify-audit');
  await change(actor);
  return code !== 0 && stdout.includes(letterId)
    ? []
    : [
        {
          invariant: 'I8',
          witness: `a changed audit entry went unseen: ${stdout.trim().slice(0, 200)}`,
        },
      ];
};

/** The same form twice at the same moment, and once more. */
const sentTwice: Probe = async ({ stage, applicant, unitId }) => {
  const submission: Submission = writeLetter(stage, { applicant, unitId });
  const ids = await Promise.all([sendLetter(stage, submission), sendLetter(stage, submission)]);
  ids.push(await sendLetter(stage, submission));
  for (const letterId of ids)
    if (letterId !== undefined) await confirmLetter(stage, submission, letterId);
  return [];
};

/** The sender objects from two windows; the reviewer who rejected it tries to decide the objection in both ways. */
const objection: Probe = async ({ stage, applicant, reviewer, admin, submit }) => {
  const letterId = await submit();
  const reason = `دلیل ${letterId.slice(0, 8)}`;
  await decideLetter(stage, reviewer, letterId, { kind: 'reject', reason });
  const isRejected = await until(async () => {
    const [row] = await stage.sql`
      select 1 from letters where id = ${letterId} and status = 'rejected'`;
    return row;
  }, 20_000);
  if (!isRejected) return [{ invariant: 'probe', witness: 'the letter was not rejected in time' }];
  const words = [1, 2].map((window) => `اعتراض ${letterId.slice(0, 8)} ${window}`);
  await Promise.all(words.map((text) => objectToRejection(stage, applicant, letterId, text)));
  await signalLetter(stage, letterId, { kind: 'approve', by: reviewer.by }, 2);
  await decideLetter(stage, reviewer, letterId, { kind: 'approve' }, 2);
  await untilSettled(stage, 30_000);
  await decideLetter(stage, admin, letterId, { kind: 'approve' }, 2);
  return [];
};

/** Longer than the ladder of a letter. */
const LADDER_WITHIN_MS = 130_000;

/** A letter that nobody answers is reminded of, late, and escalated. */
const rungs: Probe = async ({ stage, submit, approve }) => {
  const letterId = await submit();
  await approve(letterId);
  await untilSettled(stage, 30_000);
  await untilClimbed(stage, LADDER_WITHIN_MS);
  return [];
};

/** Staff write for staff, and refer the letter with a word to the other unit. */
const internalTexts: Probe = async ({ stage, admin, submit, approve }) => {
  const letterId = await submit();
  await approve(letterId);
  await untilSettled(stage, 30_000);
  await writeNote(stage, admin.cookie, letterId);
  await consultUnit(stage, admin.cookie, letterId);
  await referLetter(stage, admin.cookie, letterId);
  return [];
};

/** Three letters in one decision, of which another reviewer has rejected one meanwhile. */
const bulk: Probe = async ({ stage, reviewer, admin, submit }) => {
  const letterIds = [await submit(), await submit(), await submit()];
  await Promise.all([
    approveInBulk(stage, reviewer, letterIds),
    decideLetter(stage, admin, letterIds[1] ?? '', { kind: 'reject', reason: 'دلیل گروهی' }),
  ]);
  return [];
};

export const PROBES = {
  'aborted approval': abortedApproval,
  'late commit': lateCommit,
  'delivered again': deliveredAgain,
  stranger,
  'flush order': flushOrder,
  'parallel guesses': parallelGuesses,
  'captcha twice': captchaTwice,
  'two deciders': twoDeciders,
  'taken back': takenBack,
  'final refusal': finalRefusal,
  'ordinary life': ordinaryLife,
  'tampered audit': tamperedAudit,
  'sent twice': sentTwice,
  objection,
  rungs,
  'internal texts': internalTexts,
  bulk,
} satisfies Record<string, Probe>;

export type ProbeName = keyof typeof PROBES;
