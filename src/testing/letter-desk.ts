/**
 * The desk around one task queue, without pages: a database, a gateway over HTTP, a dispatcher and
 * what staff do with letters. Workers are started by whoever uses it, with the bundle they choose.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { ScanResult } from '../platform/files/clamd.ts';
import { createSmsGateway } from '../platform/messages/create-sms-gateway.ts';
import { createLetterEngine } from '../platform/engine/letter-engine.ts';
import type { LetterEngine } from '../platform/engine/letter-engine.ts';
import { prepareNamespace } from '../platform/engine/prepare-namespace.ts';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { findStandingDecision } from '../desk/letters/decisions.sql.ts';
import { findLetter } from '../desk/letters/letters.sql.ts';
import type { LetterRow } from '../desk/letters/letters.sql.ts';
import { publicText } from '../platform/base/audience.ts';
import type { StoredFile } from '../platform/files/stored-file.ts';
import { annulLetter } from '../desk/letters/annul-letter.ts';
import { createDecideLetter } from '../desk/letters/decide-letter.ts';
import type { DecideLetter, Desk } from '../desk/desk.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import { createDispatcher } from '../desk/letters/dispatch.ts';
import { getStaffLetter } from '../desk/letters/staff-letter.ts';
import { createObjectToRejection } from '../desk/letters/object-to-rejection.ts';
import { createScanFile } from '../desk/letters/scan-file.ts';
import { createSendMessage } from '../platform/messages/send-message.ts';
import { createUndoDecision } from '../desk/letters/undo-decision.ts';
import { createWithdrawLetter } from '../desk/letters/withdraw-letter.ts';
import { letterWorkflowId } from '../../workflows/letter.contract.ts';
import { createTestLog } from './log-alarm.ts';
import { startLetterWorker, TEST_SETTINGS } from './letter-worker.ts';
import type { LetterWorker } from './letter-worker.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  noFiles,
  submitTestLetter,
} from './letters.ts';
import { startSmsGateway } from './sms-gateway.ts';
import type { StubSmsGateway } from './sms-gateway.ts';
import { until } from './until.ts';
import { testSeals } from './seals.ts';
import { testDeps } from './test-deps.ts';
import type { Deps } from '../platform/deps.ts';

/** A task that a stopping worker still took runs out after 10 s only; this is longer. */
const WAIT_MS = 60_000;

export interface LetterDesk extends Pick<
  Desk,
  'decideLetter' | 'undoDecision' | 'actOnLetter' | 'withdrawLetter' | 'objectToRejection'
> {
  deps: Deps;
  db: Db;
  engine: LetterEngine;
  gateway: StubSmsGateway;
  /** Of every letter that is submitted here. */
  applicantId: string;
  unitId: string;
  otherUnitId: string;
  reviewer: StaffMember;
  otherReviewer: StaffMember;
  /** Belongs to both units. */
  clerk: StaffMember;
  /** A decision that can be taken back for so long, by the id by which it is. */
  decideUndoably(undoSeconds: number, input: DecideLetter): Promise<string>;
  /** @param options.file else one that is open */
  submit(options?: { file?: StoredFile }): Promise<string>;
  handleOf(letterId: string, runId?: string): WorkflowHandle;
  startWorker(
    settings: Pick<
      Parameters<typeof startLetterWorker>[0],
      'codePath' | 'wrap' | 'options' | 'settings'
    >,
  ): Promise<LetterWorker>;
  /** @throws when the letter is not so within half a minute */
  letterWhen(letterId: string, isSo: (letter: LetterRow) => boolean): Promise<LetterRow>;
  /** What the virus scanner says of every file; away at first. */
  scanner: { says: ScanResult };
  /** As an administrator does. */
  annul(letterId: string): Promise<void>;
  /** When every message of the letter has been sent, and they are so many. */
  whenTold(letterId: string, messages: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param databaseUrl a migrated database with no rows */
export const openLetterDesk = async ({
  address,
  databaseUrl,
  dataConverter,
}: {
  address: string;
  databaseUrl: string;
  /** Without one payloads are in the clear. */
  dataConverter?: DataConverter;
}): Promise<LetterDesk> => {
  const log = createTestLog('letter desk');
  const taskQueue = `letters-${randomUUID()}`;
  const db = createDb({ url: databaseUrl, max: 10, log, name: 'test', seals: testSeals });
  const gateway = await startSmsGateway();
  const smsGateway = createSmsGateway({ url: gateway.url, timeoutMs: 30_000 });
  const connection = await Connection.connect({ address });
  const converter = dataConverter && { dataConverter };
  const client = new Client({ connection, ...converter });
  await prepareNamespace({ connection, namespace: 'default', retentionDays: 30, log });
  const engine = createLetterEngine({
    connection: { address },
    namespace: 'default',
    taskQueue,
    ...converter,
  });
  const dispatcher = createDispatcher({
    db,
    engine,
    sendMessage: createSendMessage({ db, gateway: smsGateway, keepCodes: false }),
    codeMinutes: 5,
    log,
  });
  dispatcher.start();
  const wake = (): void => dispatcher.wake();
  const scanner = { says: { verdict: 'not_scanned', why: 'away' } as ScanResult };
  const { scanFile } = createScanFile({
    db,
    files: { read: () => Promise.resolve(Buffer.from('a letter')) },
    scanner: { scan: () => Promise.resolve(scanner.says) },
    locale: 'fa',
    wake,
  });
  const deps = testDeps(db, {
    engine,
    files: noFiles,
    limits: { decisionWaitMs: WAIT_MS },
    smsGateway,
    wake,
  });
  const unitId = await addTestUnit(db, 'امور حقوقی');
  const otherUnitId = await addTestUnit(db, 'امور مالی');
  const applicantId = await addTestApplicant(db);
  const deciding = {
    db,
    keys: deps.keys,
    files: noFiles,
    waitMs: WAIT_MS,
    wake,
    getStaffLetter: (input: Parameters<typeof getStaffLetter>[1]) => getStaffLetter(deps, input),
  };
  return {
    ...createDecideLetter(deciding),
    async decideUndoably(undoSeconds, input) {
      const { outcome } = await createDecideLetter({ ...deciding, undoSeconds }).decideLetter(
        input,
      );
      const standing = await findStandingDecision(db, input.letterId);
      if (outcome !== 'undoable' || !standing) throw new Error(`the decision is ${outcome}`);
      return standing.id;
    },
    undoDecision: createUndoDecision({ db }),
    withdrawLetter: createWithdrawLetter({ db, waitMs: WAIT_MS, wake }),
    objectToRejection: createObjectToRejection({ db, wake, settings: TEST_SETTINGS }),
    applicantId,
    deps,
    db,
    engine,
    gateway,
    scanner,
    unitId,
    otherUnitId,
    reviewer: await addTestStaff(db, { role: 'reviewer' }),
    otherReviewer: await addTestStaff(db, { role: 'reviewer' }),
    clerk: await addTestStaff(db, { role: 'unit', unitIds: [unitId, otherUnitId] }),
    annul: (letterId) =>
      annulLetter(
        { db, wake, settings: { locale: 'fa', orgName: 'سازمان نمونه', smsMaxParts: 3 } },
        {
          letterId,
          by: { actor: { kind: 'operator', id: 'tests' }, name: 'مدیر سامانه' },
          reason: publicText('دوباره ثبت شده بود'),
          internalReason: null,
        },
      ),
    submit: (options) => submitTestLetter(db, { unitId, applicantId, wake, ...options }),
    handleOf: (letterId, runId) => client.workflow.getHandle(letterWorkflowId(letterId), runId),
    startWorker: (settings) =>
      startLetterWorker({
        address,
        taskQueue,
        db,
        gateway: smsGateway,
        scanFile,
        ...converter,
        ...settings,
      }),
    letterWhen: (letterId, isSo) =>
      until(async () => {
        const letter = await findLetter(db, letterId);
        return letter && isSo(letter) && letter;
      }),
    async whenTold(letterId, count) {
      await until(async () => {
        const messages = await db<{ state: string }[]>`
          select state from messages where letter_id = ${letterId}`;
        return messages.length === count && messages.every(({ state }) => state === 'sent');
      });
    },
    async stop() {
      await dispatcher.stop();
      await engine.close();
      await connection.close();
      await gateway.stop();
      await db.end({ timeout: 5 });
    },
  };
};
