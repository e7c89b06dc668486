/** What applicants and staff do with letters, each step until its outcome is known. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { makePdf } from '../bench/sample-pdf.ts';
import type { Account, Stage } from './stage.ts';
import { CAPTCHA_CODE, cookieOf, type Fields, inside } from './visitor.ts';

export interface Applicant {
  mobile: string;
  cookie: string;
}

export interface Submission {
  key: string;
  applicant: Applicant;
  subject: string;
  fields: Fields;
  sha256: string;
}

const CODE_WITHIN_MS = 15_000;

/** The last code that a phone got; undefined when none came in time. */
const readCode = async (stage: Stage, to: string, since: number): Promise<string | undefined> => {
  const end = Date.now() + CODE_WITHIN_MS;
  while (Date.now() < end) {
    const message = stage.gateway.received.findLast(
      (one) => one.taken && one.kind === 'code' && one.to === to && one.at.getTime() >= since,
    );
    if (message) return /#(\d{6})\s*$/.exec(message.text)?.[1];
    await delay(50, undefined, { signal: stage.signal });
  }
  return undefined;
};

/** @param mobile as typed, `09…` */
export const signInApplicant = async (stage: Stage, mobile: string): Promise<Applicant> => {
  const { visitor, ledger } = stage;
  for (;;) {
    const since = Date.now();
    const first = await visitor.untilAnswered(() => visitor.get('/'));
    const captchaId = inside(first, /name="captchaId" value="([^"]+)"/);
    const fields = { mobile, captchaId, captcha: CAPTCHA_CODE };
    const asked = await visitor.post('/sign-in', fields, cookieOf(first, 'visit'));
    const challenge = asked?.status === 303 ? cookieOf(asked, 'challenge') : undefined;
    if (challenge === undefined) continue;
    const code = await readCode(stage, `+98${mobile.slice(1)}`, since);
    if (code === undefined) continue;
    const entered = await visitor.post('/sign-in/code', { code }, challenge);
    const cookie = entered?.status === 303 ? cookieOf(entered, 'sid') : undefined;
    if (cookie === undefined) continue;
    ledger.write({ type: 'signed-in', mobile, token: cookie.slice('sid='.length) });
    return { mobile, cookie };
  }
};

export const signInStaff = async (
  { visitor, ledger }: Stage,
  { username, password }: Account,
): Promise<string> => {
  for (;;) {
    const answer = await visitor.untilAnswered(() =>
      visitor.post('/staff/sign-in', { username, password }),
    );
    const cookie = answer.status === 303 ? cookieOf(answer, 'staff_sid') : undefined;
    if (cookie === undefined) throw new Error(`${username} was not let in (${answer.status})`);
    ledger.write({ type: 'signed-in', mobile: username, token: cookie.slice('staff_sid='.length) });
    return cookie;
  }
};

export const listUnitIds = async (
  { visitor }: Stage,
  { cookie }: Applicant,
): Promise<[string, ...string[]]> => {
  const form = await visitor.untilAnswered(() => visitor.get('/letters/new', cookie));
  const [first, ...rest] = [...form.body.matchAll(/<option value="([0-9a-f-]{36})"/g)].map(
    ([, id = '']) => id,
  );
  if (first === undefined) throw new Error('the form of a new letter offers no unit');
  return [first, ...rest];
};

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Into the ledger before anything is sent: what is not in it, nobody sent. */
export const writeLetter = (
  { ledger }: Stage,
  { applicant, unitId, bytes = 20_000 }: { applicant: Applicant; unitId: string; bytes?: number },
): Submission => {
  const key = randomUUID();
  const subject = `آزمون ${key.slice(0, 8)}`;
  const pdf = makePdf(bytes);
  const sha256 = hash(pdf);
  ledger.write({ type: 'sent', key, mobile: applicant.mobile, subject, sha256 });
  const file = { name: 'letter.pdf', bytes: pdf };
  const fields = { submissionKey: key, senderName: 'شرکت نمونه', unit: unitId, subject, file };
  return { key, applicant, subject, fields, sha256 };
};

/** One try. Undefined: there was no answer, or a 503, or one that is a problem. */
export const sendLetter = async (
  { visitor, ledger }: Stage,
  { key, applicant, fields }: Submission,
): Promise<string | undefined> => {
  const answer = await visitor.post('/letters/new', fields, applicant.cookie);
  if (answer === undefined || answer.status === 503) return undefined;
  const letterId = /^\/letters\/([0-9a-f-]{36})/.exec(answer.location)?.[1];
  if (answer.status === 303 && letterId !== undefined) {
    ledger.write({ type: 'promised', key, letterId });
    return letterId;
  }
  visitor.problems.push({
    invariant: 'I1',
    witness: `submission ${key} was answered ${answer.status} ${answer.location}`,
  });
  return undefined;
};

export const confirmLetter = async (
  { visitor, ledger }: Stage,
  { key, applicant, subject }: Submission,
  letterId: string,
): Promise<void> => {
  const page = await visitor.untilAnswered(() =>
    visitor.get(`/letters/${letterId}`, applicant.cookie),
  );
  if (page.status === 200 && page.body.includes(subject))
    ledger.write({ type: 'acknowledged', key, letterId });
  else
    visitor.problems.push({
      invariant: 'I1',
      witness: `submission ${key} was promised letter ${letterId}, whose page answers ${page.status}`,
    });
};

/** The same form with the same submission key again and again, until it is acknowledged. */
export const submitLetter = async (stage: Stage, submission: Submission): Promise<string> => {
  for (;;) {
    const letterId = await sendLetter(stage, submission);
    if (letterId !== undefined) {
      await confirmLetter(stage, submission, letterId);
      return letterId;
    }
    await delay(300, undefined, { signal: stage.signal });
  }
};

export interface Decider {
  by: string;
  cookie: string;
}

const DECISION_DOORS = { approve: 'approval', reject: 'rejection', return: 'return' };
const REASON_FIELDS = { reject: 'reason', return: 'returnReason' };

export const decideLetter = async (
  { visitor, ledger }: Stage,
  decider: Decider,
  letterId: string,
  decision: { kind: 'approve' } | { kind: 'reject' | 'return'; reason: string },
  round = 1,
): Promise<'accepted' | 'undoable' | 'too-late' | 'refused' | undefined> => {
  const fields: Fields =
    decision.kind === 'approve'
      ? { unit: '' }
      : { [REASON_FIELDS[decision.kind]]: decision.reason };
  const door = DECISION_DOORS[decision.kind];
  const answer = await visitor.untilAnswered(() =>
    visitor.post(`/staff/letters/${letterId}/${door}`, fields, decider.cookie),
  );
  const told =
    answer.status === 409
      ? 'too-late'
      : answer.status === 403
        ? 'refused'
        : answer.status === 303 && answer.location.includes('notice=decision_')
          ? answer.location.endsWith('_undoable')
            ? 'undoable'
            : 'accepted'
          : undefined;
  if (told !== undefined)
    ledger.write({ type: 'decision', letterId, round, by: decider.by, ...decision, told });
  else
    visitor.problems.push({
      invariant: 'I8',
      witness: `${decision.kind} of ${letterId} was answered ${answer.status} ${answer.location}`,
    });
  return told;
};

/** Who decided takes that back; undefined: the page of the letter does not offer it any more. */
export const undoDecision = async (
  { visitor, ledger }: Stage,
  decider: Decider,
  letterId: string,
  round = 1,
): Promise<'undone' | 'too-late' | undefined> => {
  const address = `/staff/letters/${letterId}`;
  const page = await visitor.untilAnswered(() => visitor.get(address, decider.cookie));
  const decision = /name="decision" value="([0-9a-f-]{36})"/.exec(page.body)?.[1];
  if (decision === undefined) return undefined;
  const answer = await visitor.untilAnswered(() =>
    visitor.post(`${address}/undo`, { decision }, decider.cookie),
  );
  const told = /notice=undo_(undone|too_late)$/.exec(answer.location)?.[1];
  if (answer.status !== 303 || told === undefined) {
    const witness = `taking back ${letterId} was answered ${answer.status} ${answer.location}`;
    visitor.problems.push({ invariant: 'I13', witness });
    return undefined;
  }
  const outcome = told === 'undone' ? 'undone' : 'too-late';
  const said = { letterId, round, decisionId: decision, by: decider.by };
  ledger.write({ type: 'undo', ...said, told: outcome });
  return outcome;
};

export const withdrawLetter = async (
  { visitor, ledger }: Stage,
  applicant: Applicant,
  letterId: string,
  round = 1,
): Promise<'accepted' | 'too-late' | undefined> => {
  const answer = await visitor.untilAnswered(() =>
    visitor.post(`/letters/${letterId}/withdrawal`, {}, applicant.cookie),
  );
  const told =
    answer.status === 409
      ? 'too-late'
      : answer.status === 303 && answer.location.includes('notice=withdrawal_')
        ? 'accepted'
        : undefined;
  if (told !== undefined)
    ledger.write({
      type: 'decision',
      letterId,
      round,
      kind: 'withdraw',
      by: applicant.mobile,
      told,
    });
  else
    visitor.problems.push({
      invariant: 'I8',
      witness: `withdrawal of ${letterId} was answered ${answer.status} ${answer.location}`,
    });
  return told;
};

export const correctLetter = async (
  { visitor, ledger }: Stage,
  applicant: Applicant,
  letterId: string,
  { round, unitId, file }: { round: number; unitId: string; file?: Buffer },
): Promise<'accepted' | 'too-late' | undefined> => {
  const subject = `اصلاح ${round} ${randomUUID().slice(0, 8)}`;
  const sha256 = file ? hash(file) : null;
  ledger.write({ type: 'correcting', letterId, round, subject, sha256 });
  const fields: Fields = {
    formKey: randomUUID(),
    round: String(round),
    unit: unitId,
    subject,
    // A browser sends a field without a file too.
    file: file ? { name: 'letter.pdf', bytes: file } : { name: '', bytes: Buffer.alloc(0) },
  };
  const answer = await visitor.untilAnswered(() =>
    visitor.post(`/letters/${letterId}/correction`, fields, applicant.cookie),
  );
  const told =
    answer.status === 409
      ? 'too-late'
      : answer.status === 303 && answer.location.includes('notice=resubmitted')
        ? 'accepted'
        : undefined;
  if (told !== undefined) ledger.write({ type: 'corrected', letterId, round, told });
  else
    visitor.problems.push({
      invariant: 'I1',
      witness: `the correction of ${letterId} was answered ${answer.status} ${answer.location}`,
    });
  return told;
};

export const objectToRejection = async (
  { visitor, ledger }: Stage,
  applicant: Applicant,
  letterId: string,
  text: string,
): Promise<'accepted' | 'too-late' | undefined> => {
  ledger.write({ type: 'objecting', letterId, text });
  const answer = await visitor.untilAnswered(() =>
    visitor.post(`/letters/${letterId}/objection`, { objection: text }, applicant.cookie),
  );
  const told =
    answer.status === 409
      ? 'too-late'
      : answer.status === 303 && answer.location.includes('notice=objected')
        ? 'accepted'
        : undefined;
  if (told !== undefined) ledger.write({ type: 'objected', letterId, text, told });
  else
    visitor.problems.push({
      invariant: 'I14',
      witness: `the objection to ${letterId} was answered ${answer.status} ${answer.location}`,
    });
  return told;
};

/** A person with the engine's own tools: a signal until the engine took it. */
export const signalLetter = async (
  { temporal, ledger, signal }: Stage,
  letterId: string,
  decision: { kind: 'approve'; by: string } | { kind: 'reject'; by: string; reason: string },
  round = 1,
): Promise<void> => {
  const { kind, ...payload } = decision;
  for (;;) {
    try {
      await temporal.withDeadline(Date.now() + 4000, () =>
        temporal.workflow.getHandle(`letter-${letterId}`).signal(kind, payload),
      );
      ledger.write({ type: 'decision', letterId, round, ...decision, told: 'signalled' });
      return;
    } catch (error) {
      // It has ended: somebody at the desk was first, and the letter was rejected.
      if (error instanceof Error && /already completed/.test(error.message)) return;
      await delay(500, undefined, { signal });
    }
  }
};

/** The same form with the same action key again, until it is known what became of it. */
export const actOnLetter = async (
  { visitor, ledger }: Stage,
  cookie: string,
  letterId: string,
  { kind, text, file }: { kind: 'reply' | 'close'; text: string; file?: Buffer },
): Promise<'accepted' | 'too-late' | undefined> => {
  const doors = { reply: 'replies', close: 'closing' };
  const fields: Fields = {
    actionKey: randomUUID(),
    ...(kind === 'reply' && { replyText: text }),
    ...(kind === 'close' && { closeReason: text, confirmed: '1' }),
    ...(file && { replyFile: { name: 'reply.pdf', bytes: file } }),
  };
  const answer = await visitor.untilAnswered(() =>
    visitor.post(`/staff/letters/${letterId}/${doors[kind]}`, fields, cookie),
  );
  const told =
    answer.status === 409
      ? 'too-late'
      : answer.status === 303 && answer.location.includes('notice=action_')
        ? 'accepted'
        : undefined;
  if (told !== undefined)
    ledger.write({
      type: 'action',
      letterId,
      kind,
      text,
      ...(file && { sha256: hash(file) }),
      told,
    });
  else
    visitor.problems.push({
      invariant: 'I8',
      witness: `${kind} on ${letterId} was answered ${answer.status} ${answer.location}`,
    });
  return told;
};
