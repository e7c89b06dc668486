/**
 * The life of a letter, from submission to closing. It holds only ids and states; activities write
 * the record, from which a lost workflow is started again.
 */
import type { RawValue } from '@temporalio/common';
import * as wf from '@temporalio/workflow';
import { dueOf } from './due.ts';
import { Inbox } from './inbox.ts';
import type { Turn } from './inbox.ts';
import { STATUS_QUERY } from './letter.contract.ts';
import type { LetterInput, LetterState, Recorded } from './letter.contract.ts';
import { LetterProcess } from './letter-process.ts';
import { record, recordAction } from './letter-steps.ts';
import { createPatience } from './patience.ts';
import { answerStatus } from './visible-state.ts';

const status = wf.defineQuery<RawValue>(STATUS_QUERY);

export async function letterWorkflow({ letterId, ...start }: LetterInput): Promise<LetterState> {
  const letter = new LetterProcess(letterId, start.state);
  // All handlers stand before the first await.
  wf.setHandler(status, () => answerStatus(letter.state));
  const inbox = new Inbox(letter, start.openWork);
  const life = { letter, inbox, patience: createPatience() };

  await wf.CancellationScope.nonCancellable(async () => {
    letter.begin(start);
    do {
      await untilDecided(life);
      if (!inbox.isObjectedTo) inbox.dropLateDecisions();
    } while (await isReopened(life));
    inbox.dropLateDecisions();
    await untilEnded(life);
    await untilMessagesSent(life);
  });
  return letter.state;
}

interface Life {
  letter: LetterProcess;
  inbox: Inbox;
  patience: ReturnType<typeof createPatience>;
}

/** The first decision wins. */
const untilDecided = async ({ letter, inbox }: Life): Promise<void> => {
  while (letter.isUndecided) {
    await wf.condition(() => letter.ladder.isDue() || inbox.decisions.length > 0);
    if (letter.ladder.isDue()) await letter.climb();
    const decision = inbox.decisions.shift();
    if (decision) await letter.apply(() => take(letter.letterId, decision));
  }
};

/** The record has the last word: the letter may have been returned or resubmitted meanwhile. */
const take = (letterId: string, turn: Turn): Promise<Recorded> => {
  switch (turn.kind) {
    case 'return':
      return record.recordReturn({ letterId, decision: turn });
    case 'withdraw':
      return record.recordWithdrawal({ letterId, decision: turn });
    case 'resubmit':
      return record.readLetter({ letterId });
    default:
      return record.recordDecision({ letterId, decision: turn });
  }
};

/**
 * The record has the objection before its signal comes, so its answer at the end of the period is
 * final.
 */
const isReopened = async ({ letter, inbox, patience }: Life): Promise<boolean> => {
  for (;;) {
    const { status: stands, objectionUntil } = letter.state;
    if (stands !== 'rejected' || !objectionUntil) return letter.isUndecided;
    if (!(await wf.condition(() => inbox.isObjectedTo, patience.left(objectionUntil))))
      patience.asked(objectionUntil);
    const markRead = inbox.readObjections();
    const act = inbox.isObjectedTo ? record.readObjection : record.endObjectionPeriod;
    await letter.apply(() => act({ letterId: letter.letterId }));
    markRead();
  }
};

const untilEnded = async (life: Life): Promise<void> => {
  const { letter, inbox } = life;
  const { letterId } = letter;
  while (letter.isOpen) {
    const due = dueOf(letter.state);
    const isOver = await untilDue(life, due?.at);
    if (due && isOver) await letter.apply(() => record[due.act]({ letterId }));
    if (inbox.isAnnulled) await showAnnulment(life);
    if (letter.ladder.isDue()) await letter.climb();
    if (mayContinueAsNew(life)) await continueAsNew(letter);
    const action = inbox.actions.shift();
    if (action) await letter.apply(() => recordAction(letterId, action));
  }
};

const untilDue = async (life: Life, at: string | undefined): Promise<boolean> => {
  const { letter, inbox, patience } = life;
  const isNews = (): boolean =>
    inbox.isAnnulled || letter.ladder.isDue() || inbox.actions.length > 0 || mayContinueAsNew(life);
  if (at === undefined) return wf.condition(isNews).then(() => false);
  const isOver = !(await wf.condition(isNews, patience.left(at)));
  if (isOver) patience.asked(at);
  return isOver;
};

const showAnnulment = ({ letter, inbox }: Life): Promise<void> => {
  inbox.isAnnulled = false;
  return letter.apply(() => record.readAnnulment({ letterId: letter.letterId }));
};

const mayContinueAsNew = ({ letter, inbox }: Life): boolean =>
  wf.workflowInfo().continueAsNewSuggested &&
  inbox.actions.length === 0 &&
  !inbox.isAnnulled &&
  !letter.ladder.isDue() &&
  !letter.sideWork.isSending;

const continueAsNew = ({ letterId, state, sideWork }: LetterProcess): Promise<never> =>
  wf.continueAsNew<typeof letterWorkflow>({
    letterId,
    state,
    unsentMessageIds: [],
    ...(sideWork.scanning.length > 0 && { waitingFileIds: sideWork.scanning }),
  });

const untilMessagesSent = async (life: Life): Promise<void> => {
  const { letter, inbox } = life;
  const isDone = (): boolean => !letter.sideWork.isSending && wf.allHandlersFinished();
  do {
    if (inbox.isAnnulled) await showAnnulment(life);
    await wf.condition(() => inbox.isAnnulled || isDone());
  } while (inbox.isAnnulled);
};
