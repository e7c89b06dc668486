/** What units do with a registered letter beside answering it, each step until its outcome is known. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Applicant, Decider } from './people.ts';
import type { Stage } from './stage.ts';
import type { Answer, Fields } from './visitor.ts';

const wasTaken = ({ status, location }: Answer): boolean =>
  status === 303 && /notice=action_|\?referred=/.test(location);

/** True when it was taken; false: somebody was first. */
const post = async (
  { visitor }: Stage,
  { path, fields, cookie }: { path: string; fields: Fields; cookie: string },
): Promise<boolean> => {
  const answer = await visitor.untilAnswered(() => visitor.post(path, fields, cookie));
  if (!wasTaken(answer) && answer.status !== 409)
    visitor.problems.push({
      invariant: 'I8',
      witness: `${path} was answered ${answer.status} ${answer.location}`,
    });
  return wasTaken(answer);
};

const findOn = async (
  { visitor, signal }: Stage,
  { path, cookie, pattern }: { path: string; cookie: string; pattern: RegExp },
): Promise<string | undefined> => {
  for (let tries = 0; tries < 40; tries += 1) {
    const page = await visitor.untilAnswered(() => visitor.get(path, cookie));
    const found = pattern.exec(page.body)?.[1];
    if (found !== undefined) return found;
    await delay(500, undefined, { signal });
  }
  return undefined;
};

/** Words that only staff may ever read. */
const internalText = ({ ledger }: Stage, letterId: string): string => {
  const text = `درونی ${randomUUID().slice(0, 13)}`;
  ledger.write({ type: 'internal', letterId, text });
  return text;
};

export const writeNote = (stage: Stage, cookie: string, letterId: string): Promise<boolean> =>
  post(stage, {
    path: `/staff/letters/${letterId}/notes`,
    fields: { actionKey: randomUUID(), note: internalText(stage, letterId) },
    cookie,
  });

export const askSender = (stage: Stage, cookie: string, letterId: string): Promise<boolean> =>
  post(stage, {
    path: `/staff/letters/${letterId}/questions`,
    fields: { actionKey: randomUUID(), questionText: `پرسش ${letterId.slice(0, 8)}` },
    cookie,
  });

export const answerQuestion = async (
  stage: Stage,
  { cookie }: Applicant,
  letterId: string,
): Promise<void> => {
  const { visitor } = stage;
  const path = `/letters/${letterId}/answer`;
  const pattern = /name="question" value="([0-9a-f-]{36})"/;
  const question = await findOn(stage, { path, cookie, pattern });
  if (question === undefined) return;
  const fields: Fields = {
    formKey: randomUUID(),
    question,
    answerText: `جواب ${letterId.slice(0, 8)}`,
    file: { name: '', bytes: Buffer.alloc(0) },
  };
  const answer = await visitor.untilAnswered(() => visitor.post(path, fields, cookie));
  if (answer.status !== 409 && !answer.location.includes('notice=answer_'))
    visitor.problems.push({
      invariant: 'I8',
      witness: `${path} was answered ${answer.status} ${answer.location}`,
    });
};

/** The first of the other units that the form offers. */
const findUnit = (
  stage: Stage,
  { cookie, letterId, field }: { cookie: string; letterId: string; field: string },
): Promise<string | undefined> =>
  findOn(stage, {
    path: `/staff/letters/${letterId}`,
    cookie,
    pattern: new RegExp(`<select[^>]*"${field}"[^>]*>[^]*?<option value="([0-9a-f-]{36})"`),
  });

export const consultUnit = async (
  stage: Stage,
  cookie: string,
  letterId: string,
): Promise<boolean> => {
  const unitId = await findUnit(stage, { cookie, letterId, field: 'consultUnit1' });
  if (unitId === undefined) return false;
  return post(stage, {
    path: `/staff/letters/${letterId}/consultations`,
    fields: {
      actionKey: randomUUID(),
      consultUnit1: unitId,
      consultDays1: '1',
      consultText: internalText(stage, letterId),
    },
    cookie,
  });
};

export const giveOpinion = async (
  stage: Stage,
  cookie: string,
  letterId: string,
): Promise<void> => {
  const path = `/staff/letters/${letterId}`;
  const pattern = /name="consultation" value="([0-9a-f-]{36})"/;
  const consultation = await findOn(stage, { path, cookie, pattern });
  if (consultation === undefined) return;
  const opinion = internalText(stage, letterId);
  const fields = { actionKey: randomUUID(), consultation, opinion };
  await post(stage, { path: `${path}/opinions`, fields, cookie });
};

export const referLetter = async (
  stage: Stage,
  cookie: string,
  letterId: string,
): Promise<boolean> => {
  const unitId = await findUnit(stage, { cookie, letterId, field: 'referUnit' });
  if (unitId === undefined) return false;
  return post(stage, {
    path: `/staff/letters/${letterId}/referrals`,
    fields: {
      actionKey: randomUUID(),
      referUnit: unitId,
      referText: internalText(stage, letterId),
    },
    cookie,
  });
};

const MOST_LOOKS = 240;

/** Many letters approved by one form; the same form again until answered, then watched to its end. */
export const approveInBulk = async (
  stage: Stage,
  decider: Decider,
  letterIds: string[],
): Promise<void> => {
  const { visitor, ledger, signal } = stage;
  const { by, cookie } = decider;
  const fields = { formKey: randomUUID(), letters: letterIds.join(' '), kind: 'approve' };
  const answer = await visitor.untilAnswered(() => visitor.post('/staff/bulk/new', fields, cookie));
  if (answer.status !== 303) {
    const witness = `a decision about ${letterIds.length} letters was answered ${answer.status}`;
    visitor.problems.push({ invariant: 'I17', witness });
    return;
  }
  for (let tries = 0; tries < MOST_LOOKS; tries += 1) {
    const page = await visitor.untilAnswered(() => visitor.get(answer.location, cookie));
    if (page.body.includes('data-bulk="ended"')) {
      for (const letterId of letterIds)
        if (new RegExp(`data-letter="${letterId}"[^>]*data-outcome="decided"`).test(page.body))
          ledger.write({
            type: 'decision',
            letterId,
            round: 1,
            kind: 'approve',
            by,
            told: 'accepted',
          });
      return;
    }
    await delay(500, undefined, { signal });
  }
};
