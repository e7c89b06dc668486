/**
 * The only side effects of the letter's workflow. Each may run any number of times with the same
 * arguments; what can never succeed is said so, and the letter then waits for a retry signal.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { SmsError } from '../src/platform/messages/sms-gateway.ts';
import { isDatabaseRefusal } from '../src/platform/base/database.ts';
import type { Db } from '../src/platform/base/database.ts';
import { setAttention } from '../src/desk/letters/letters.sql.ts';
import {
  createEndObjectionPeriod,
  createRecordDecision,
  readRecorded,
} from '../src/desk/letters/record-decision.ts';
import type { RecordSettings } from '../src/desk/letters/record-decision.ts';
import { createRecordUnitAction } from '../src/desk/letters/record-unit-action.ts';
import { NotScannedError } from '../src/desk/letters/scan-file.ts';
import type { ScanFile } from '../src/desk/letters/scan-file.ts';
import type { SendMessage } from '../src/platform/messages/send-message.ts';
import type { LetterActivities } from '../workflows/letter.contract.ts';

export const createActivities = ({
  db,
  settings,
  sendMessage,
  scanFile = noScanner,
}: {
  db: Db;
  settings: RecordSettings;
  sendMessage: SendMessage;
  /** Left out: no scanner is set up. */
  scanFile?: ScanFile['scanFile'];
}): LetterActivities => {
  const recordDecision = beating(finalWhenRefused(createRecordDecision({ db, settings })));
  const recordUnitAction = beating(finalWhenRefused(createRecordUnitAction({ db, settings })));
  const readLetter = beating(({ letterId }: { letterId: string }) =>
    db.begin((tx) => readRecorded(tx, letterId)),
  );
  return {
    recordDecision,
    recordReturn: recordDecision,
    recordWithdrawal: recordDecision,
    readLetter,
    readObjection: readLetter,
    endObjectionPeriod: beating(finalWhenRefused(createEndObjectionPeriod(db))),
    readAnnulment: readLetter,
    recordUpdate: recordUnitAction,
    recordNote: recordUnitAction,
    recordReferral: recordUnitAction,
    recordReply: recordUnitAction,
    recordClosing: recordUnitAction,
    scanFile: beating(
      finalWhenRefused(async (input) => {
        await scanFile(input).catch(rethrowNotScanned);
      }),
    ),
    markAttention: beating(
      finalWhenRefused(({ letterId, why }) => setAttention(db, { id: letterId, why })),
    ),
    sendMessage: beating((input) => sendMessage(input).catch(rethrowSmsError)),
  };
};

const noScanner: ScanFile['scanFile'] = () =>
  Promise.reject(new NotScannedError('no scanner is set up'));

const BEAT_MS = 1_500;

/** Shows the engine that this worker lives, so that the work of a dead one is soon done by another. */
const beating =
  <Input, Output>(act: (input: Input) => Promise<Output>) =>
  async (input: Input): Promise<Output> => {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat(), BEAT_MS);
    try {
      return await act(input);
    } finally {
      clearInterval(timer);
    }
  };

/** A statement that the database refuses fails the same way each time; the rest is tried again. */
const finalWhenRefused =
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

/** Tried again for as long as it takes; the history says why. */
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
