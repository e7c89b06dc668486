/** `reconcile` and `retry`: for the operator who has lost the engine, or finds work stuck. */
import { setTimeout as sleep } from 'node:timers/promises';
import { temporalConnectionOptions } from '../platform/engine/connection-options.ts';
import { createDataConverter } from '../platform/engine/data-converter.ts';
import { createLetterEngine } from '../platform/engine/letter-engine.ts';
import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import { isDatabaseAway } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { takeSweepTurn } from '../platform/base/sweep-turn.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { createLogger } from '../platform/base/logger.ts';
import { WHOLE } from '../operations/maintenance/reconcile.ts';
import type { ReconcileReport } from '../operations/maintenance/reconcile.ts';
import { composeCodec, composeFiles, composeRepair } from '../main/compose.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { OPERATOR } from './operator.ts';

const TURN_MS = 30_000;

/** The tools of repair on the command's own connections; `close` when done. */
export const openRepair = ({ config, db }: Pick<CommandInput, 'config' | 'db'>) => {
  const engine = createLetterEngine({
    connection: temporalConnectionOptions(
      config.embeddedTemporal ? config.TEMPORAL_ADDRESS : undefined,
    ),
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(composeCodec(config, db)),
  });
  const files = composeFiles(config);
  const log = createLogger({ name: 'desk', level: 'silent' });
  return {
    engine,
    files,
    // Running processes look into the outbox every second.
    ...composeRepair(config, { db, engine, files, log, wake: () => {} }),
    close: () => engine.close().catch(() => {}),
  };
};

export const reconcileCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { config, db } = input;
  const repair = openRepair(input);
  try {
    const report = await inTurn(db, () => repair.reconcile(WHOLE)).catch((error: unknown) => {
      if (isDatabaseAway(error) || error instanceof OperatorError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new OperatorError(
        `The engine at ${config.TEMPORAL_ADDRESS || 'TEMPORAL_ADDRESS'} could not be asked: ${why}`,
        error,
      );
    });
    const { letters, started, signalled, settled, ended, failed } = report;
    if (started + signalled + settled + ended.count > 0)
      await addAuditEntry(db, {
        actor: OPERATOR,
        action: 'reconciled',
        details: { letters, started, signalled, settled, ended: ended.count, failed: failed.count },
      });
    return { ok: ended.count === 0 && failed.count === 0, text: reportText(report), json: report };
  } finally {
    await repair.close();
  }
};

/** After the sweep of a running desk, when that is at it. */
const inTurn = async <Result>(db: Db, act: () => Promise<Result>): Promise<Result> => {
  const end = Date.now() + TURN_MS;
  for (;;) {
    const result = await takeSweepTurn(db, act);
    if (result !== 'busy') return result;
    if (Date.now() > end)
      throw new OperatorError('A running desk is sweeping just now; try again in a minute.');
    await sleep(500);
  }
};

const reportText = (report: ReconcileReport): string => {
  const { letters, started, signalled, settled, ended, unknown, failed } = report;
  const more = ({ count, letterIds }: ReconcileReport['ended']): string[] => [
    ...letterIds.map((letterId) => `    ${letterId}`),
    ...(count > letterIds.length ? [`    … and ${count - letterIds.length} more`] : []),
  ];
  return [
    `letters that need a workflow    ${letters}`,
    `started from the record         ${started}`,
    `signalled again                 ${signalled}`,
    `too late, marked so             ${settled}`,
    ...(failed.first
      ? [
          `could not be started            ${failed.count}; ${failed.first.letterId}: ${failed.first.why}`,
        ]
      : []),
    ...(ended.count > 0
      ? [
          `ended in the engine, open in the record: ${ended.count} (desk retry LETTER_ID)`,
          ...more(ended),
        ]
      : []),
    ...(unknown.count > 0
      ? [`running, but not in the record: ${unknown.count} (left alone)`, ...more(unknown)]
      : []),
  ].join('\n');
};

export const retryCommand = async (input: CommandInput): Promise<CommandResult> => {
  const [target = ''] = input.args;
  const repair = openRepair(input);
  try {
    if (target === 'all') {
      const { letters, files } = await repair.stuck.retryAll({ actor: OPERATOR });
      return {
        text: `letters that are tried again: ${letters}; files of nobody removed: ${files}`,
        json: { letters, files },
      };
    }
    const retried = await repair.stuck.retryLetter({ letterId: target, actor: OPERATOR });
    if (!retried) throw new OperatorError(`There is no letter ${target} with anything left to do.`);
    return { text: `${target} is tried again`, json: { letters: 1, files: 0 } };
  } finally {
    await repair.close();
  }
};
