/**
 * The desk around one task queue, without pages: a database, a gateway over HTTP, a dispatcher and
 * what staff do with letters. Workers are started by whoever uses it, with the bundle they choose.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { ScanResult, Scanner } from '../platform/files/clamd.ts';
import type { FileStore } from '../platform/files/file-store.ts';
import { createSmsGateway } from '../platform/messages/create-sms-gateway.ts';
import { LetterEngine } from '../platform/engine/letter-engine.ts';
import { prepareNamespace } from '../platform/engine/prepare-namespace.ts';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { findStandingDecision } from '../desk/letters/decisions.sql.ts';
import { findLetter } from '../desk/letters/letters.sql.ts';
import type { LetterRow } from '../desk/letters/letters.sql.ts';
import { publicText } from '../platform/base/audience.ts';
import type { StoredFile } from '../platform/files/stored-file.ts';
import { recordAnnulment } from '../desk/letters/annul-letter.ts';
import { decideLetter } from '../desk/letters/decide-letter.ts';
import type { DecideLetter } from '../desk/letters/decide-letter.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import { createDispatcher } from '../desk/letters/dispatch.ts';
import { bulkWorkflowId } from '../../workflows/bulk.contract.ts';
import { letterWorkflowId } from '../../workflows/letter.contract.ts';
import { createTestLog } from './log-alarm.ts';
import { startLetterWorker } from './letter-worker.ts';
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

export interface LetterDesk {
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
  bulkHandleOf(bulkId: string): WorkflowHandle;
  /** By its workflow id, as an operator does. */
  terminate(workflowId: string): Promise<void>;
  startWorker(
    settings: Pick<Parameters<typeof startLetterWorker>[0], 'codePath' | 'wrap' | 'options'>,
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
  const engine = new LetterEngine({
    connection: { address },
    namespace: 'default',
    taskQueue,
    ...converter,
  });
  const scanner = { says: { verdict: 'not_scanned', why: 'away' } as ScanResult };
  const deps = testDeps(db, {
    engine,
    files: {
      ...noFiles,
      read: () => Promise.resolve(Buffer.from('a letter')),
    } as unknown as FileStore,
    limits: { decisionWaitMs: WAIT_MS },
    scanner: { scan: () => Promise.resolve(scanner.says) } as unknown as Scanner,
    smsGateway,
    env: { SMS_URL: gateway.url },
    wake: () => dispatcher.wake(),
  });
  const dispatcher = createDispatcher(deps);
  dispatcher.start();
  const { wake } = deps;
  const unitId = await addTestUnit(db, 'امور حقوقی');
  const otherUnitId = await addTestUnit(db, 'امور مالی');
  const applicantId = await addTestApplicant(db);
  return {
    async decideUndoably(undoSeconds, input) {
      const { outcome } = await decideLetter(
        { ...deps, config: { ...deps.config, UNDO_SECONDS: undoSeconds } },
        input,
      );
      const standing = await findStandingDecision(db, input.letterId);
      if (outcome !== 'undoable' || !standing) throw new Error(`the decision is ${outcome}`);
      return standing.id;
    },
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
      recordAnnulment(deps, {
        letterId,
        by: { actor: { kind: 'operator', id: 'tests' }, name: 'مدیر سامانه' },
        reason: publicText('دوباره ثبت شده بود'),
        internalReason: null,
      }),
    submit: (options) => submitTestLetter(db, { unitId, applicantId, wake, ...options }),
    handleOf: (letterId, runId) => client.workflow.getHandle(letterWorkflowId(letterId), runId),
    bulkHandleOf: (bulkId) => client.workflow.getHandle(bulkWorkflowId(bulkId)),
    async terminate(workflowId) {
      await client.workflow.getHandle(workflowId).terminate();
    },
    startWorker: (settings) =>
      startLetterWorker({ address, taskQueue, deps, ...converter, ...settings }),
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
