/**
 * The only side effects of the letter's workflow, all idempotent. What can never succeed fails as
 * non-retryable, and the letter then waits for a retry signal.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { SmsError } from '../src/platform/messages/sms-gateway.ts';
import { isDatabaseRefusal } from '../src/platform/base/database.ts';
import type { Deps } from '../src/platform/deps.ts';
import { closeAnswered, endReopening } from '../src/desk/letters/close-answered.ts';
import { climbLadder } from '../src/desk/letters/deadline-ladder.ts';
import { setAttention } from '../src/desk/letters/letters.sql.ts';
import { endObjectionPeriod, recordDecision } from '../src/desk/letters/record-decision.ts';
import { readRecorded } from '../src/desk/letters/recorded.ts';
import { recordUnitAction } from '../src/desk/letters/record-unit-action.ts';
import { NotScannedError, scanFile } from '../src/desk/letters/scan-file.ts';
import { sendMessage } from '../src/platform/messages/send-message.ts';
import type { LetterActivities, Recorded } from '../workflows/letter.contract.ts';

export const createActivities = (deps: Deps): LetterActivities => {
  const record = <Input extends { letterId: string }>(
    act: (deps: Deps, input: Input) => Promise<Recorded>,
  ) => beating(finalWhenRefused((input: Input) => act(deps, input)));
  const decision = record(recordDecision);
  const unitAction = record(recordUnitAction);
  const read = record((_deps, { letterId }: { letterId: string }) =>
    readRecorded(deps, deps.db, letterId),
  );
  return {
    recordDecision: decision,
    recordReturn: decision,
    recordWithdrawal: decision,
    readLetter: read,
    readObjection: read,
    endObjectionPeriod: record(endObjectionPeriod),
    readAnnulment: read,
    climbLadder: record(climbLadder),
    recordUpdate: unitAction,
    recordNote: unitAction,
    recordReferral: unitAction,
    recordReferralWithdrawal: unitAction,
    recordReply: unitAction,
    recordRelease: unitAction,
    recordRework: unitAction,
    recordClosing: unitAction,
    recordQuestion: unitAction,
    recordQuestionWithdrawal: unitAction,
    recordAnswer: unitAction,
    recordReopening: unitAction,
    recordConsultation: unitAction,
    recordOpinion: unitAction,
    recordConsultationWithdrawal: unitAction,
    closeAnswered: record(closeAnswered),
    endReopening: record(endReopening),
    scanFile: beating(
      finalWhenRefused(async (input) => {
        await scanFile(deps, input).catch(rethrowNotScanned);
      }),
    ),
    markAttention: beating(
      finalWhenRefused(({ letterId, why }) => setAttention(deps.db, { id: letterId, why })),
    ),
    sendMessage: beating((input) => sendMessage(deps, input).catch(rethrowSmsError)),
  };
};

const BEAT_MS = 1_500;

export const beating =
  <Input, Output>(act: (input: Input) => Promise<Output>) =>
  async (input: Input): Promise<Output> => {
    const context = Context.current();
    // Within the workflow task nobody listens.
    if (context.info.isLocal) return act(input);
    const timer = setInterval(() => context.heartbeat(), BEAT_MS);
    try {
      return await act(input);
    } finally {
      clearInterval(timer);
    }
  };

/**
 * A statement that the database rejects fails the same way each time; any other error is retried.
 */
export const finalWhenRefused =
  <Input, Output>(act: (input: Input) => Promise<Output>) =>
  async (input: Input): Promise<Output> => {
    try {
      return await act(input);
    } catch (error) {
      if (!isDatabaseRefusal(error)) throw error;
      throw ApplicationFailure.create({
        nonRetryable: true,
        type: 'RecordRefused',
        message: error instanceof Error ? error.message : 'the database refused',
      });
    }
  };

const rethrowNotScanned = (error: unknown): never => {
  if (!(error instanceof NotScannedError)) throw error;
  throw ApplicationFailure.create({ type: 'NotScanned', message: error.message });
};

const rethrowSmsError = (error: unknown): never => {
  if (!(error instanceof SmsError)) throw error;
  throw ApplicationFailure.create({
    nonRetryable: !error.retryable,
    type: error.retryable ? 'SmsNotSent' : 'SmsRefused',
    message: error.message,
    ...(error.retryAfterMs !== undefined && { nextRetryDelay: error.retryAfterMs }),
  });
};
