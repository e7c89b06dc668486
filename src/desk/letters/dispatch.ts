/**
 * Delivers what was committed: starts and signals to the engine, SMS codes to the gateway. Runs in
 * every web and worker process under leases; both ends tolerate a second delivery.
 */
import { SIGNALS } from '../../../workflows/letter.contract.ts';
import type { Decision, LetterInput, RetrySignal } from '../../../workflows/letter.contract.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import { WorkLoop } from '../../platform/base/work-loop.ts';
import { leaseBulks, listBulkLetters, startBulkSooner } from './bulk-decisions.sql.ts';
import { leaseUnsentCodes } from '../../platform/messages/messages.sql.ts';
import {
  findDueWork,
  leaseOutboxRows,
  listOpenWork,
  markOutboxDone,
  markOutboxFailed,
} from './outbox.sql.ts';
import type { OpenWorkRow, OutboxKind, OutboxRow } from './outbox.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { readRecorded } from './recorded.ts';
import { sendMessage } from '../../platform/messages/send-message.ts';

const BATCH = 20;
const LEASE_SECONDS = 15;
/** A running bulk decision is started again this often: the engine may have lost it. */
const BULK_LEASE_SECONDS = 60;
const IDLE_MS = 1_000;
const MAX_WAIT_SECONDS = 5;

export const readLetterInput = async (
  deps: Pick<Deps, 'config' | 'db'>,
  letterId: string,
): Promise<LetterInput> => {
  const [{ state, messageIds, waitingFileIds }, openWork] = await Promise.all([
    readRecorded(deps, deps.db, letterId),
    listOpenWork(deps.db, letterId),
  ]);
  return {
    letterId,
    state,
    unsentMessageIds: messageIds,
    ...(waitingFileIds && { waitingFileIds }),
    ...(openWork.length > 0 && { openWork: sortOpenWork(openWork) }),
  };
};

const sortOpenWork = (openWork: OpenWorkRow[]): NonNullable<LetterInput['openWork']> => ({
  decisions: openWork.flatMap(({ undoSeconds, ...work }): Decision[] =>
    work.by === null
      ? []
      : [
          {
            kind: work.kind,
            decisionId: work.id,
            by: work.by,
            ...(undoSeconds && { undoSeconds }),
          },
        ],
  ),
  actions: openWork.flatMap((work) =>
    work.by === null ? [{ kind: work.kind, actionId: work.id }] : [],
  ),
});

/** These start the workflow again where it has ended. */
const STARTS_ENDED: ReadonlySet<OutboxKind> = new Set(['annul', 'objection', 'retry']);

const deliver = async (deps: Deps, row: OutboxRow): Promise<void> => {
  const { engine } = deps;
  const { letterId, kind } = row;
  if (kind === 'start') return engine.start(await readLetterInput(deps, letterId));
  const startEnded = STARTS_ENDED.has(kind) || row.payload.kind === 'reopen';
  const name = SIGNALS[kind];
  if (!startEnded && (await engine.signalRunning(letterId, name, row.payload))) return;
  const input = await readLetterInput(deps, letterId);
  const retry: RetrySignal = { messageIds: input.unsentMessageIds };
  await engine.signal(input, name, kind === 'retry' ? retry : row.payload, { startEnded });
};

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** True when the letter's next row waited for this one. */
const handle = async (deps: Deps, row: OutboxRow): Promise<boolean> => {
  const { db, log } = deps;
  try {
    await deliver(deps, row);
    return await markOutboxDone(db, row.id);
  } catch (error) {
    const why = reasonOf(error);
    log.warn({ letterId: row.letterId, kind: row.kind, why }, 'engine not reached, will try again');
    const waitSeconds = Math.min(MAX_WAIT_SECONDS, 0.25 * 2 ** row.attempts);
    await markOutboxFailed(db, { id: row.id, why, waitSeconds });
    return false;
  }
};

const startBulk = async ({ db, engine, log }: Deps, bulkId: string): Promise<void> => {
  try {
    const letters = await listBulkLetters(db, bulkId);
    const open = letters.filter(({ outcome }) => outcome === null);
    await engine.startBulk({ bulkId, letterIds: open.map(({ letterId }) => letterId) });
  } catch (error) {
    log.warn({ bulkId, why: reasonOf(error) }, 'engine not reached, will try again');
    await startBulkSooner(db, { bulkId, seconds: MAX_WAIT_SECONDS });
  }
};

const sendCode = (deps: Deps, messageId: string): Promise<unknown> =>
  sendMessage(deps, { messageId, again: false }).catch((error: unknown) =>
    deps.log.warn({ err: error, messageId }, 'sign-in code not sent'),
  );

const dispatch = async (deps: Deps): Promise<boolean> => {
  const { db } = deps;
  const { codeMinutes } = deps.config.limits;
  const due = await findDueWork(db, { codeMinutes });
  const [rows, codes, bulks] = await Promise.all([
    due.outbox ? leaseOutboxRows(db, { limit: BATCH, leaseSeconds: LEASE_SECONDS }) : [],
    due.codes ? leaseUnsentCodes(db, { leaseSeconds: LEASE_SECONDS, minutes: codeMinutes }) : [],
    due.bulks ? leaseBulks(db, { limit: BATCH, leaseSeconds: BULK_LEASE_SECONDS }) : [],
  ]);
  const [nexts] = await Promise.all([
    Promise.all(rows.map((row) => handle(deps, row))),
    ...bulks.map((bulkId) => startBulk(deps, bulkId)),
    ...codes.map((messageId) => sendCode(deps, messageId)),
  ]);
  return rows.length === BATCH || nexts.includes(true);
};

export const createDispatcher = (deps: Deps): WorkLoop =>
  new WorkLoop({
    work: () => dispatch(deps),
    idleMs: IDLE_MS,
    onError(error) {
      if (isDatabaseAway(error)) deps.log.warn('database away, dispatch waits');
      else deps.log.error({ err: error }, 'dispatch failed');
    },
  });
