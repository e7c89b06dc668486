import { setTimeout as sleep } from 'node:timers/promises';
import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import { isDatabaseAway } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { takeSweepTurn } from '../platform/base/sweep-turn.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { reconcile, WHOLE } from '../operations/maintenance/reconcile.ts';
import type { ReconcileReport } from '../operations/maintenance/reconcile.ts';
import { retryAll, retryLetter } from '../operations/maintenance/stuck-work.ts';
import type { Deps } from '../platform/deps.ts';
import { commandDeps } from '../main/compose.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const TURN_MS = 30_000;

// The command has an engine client of its own.
export const withCommandDeps = async <Result>(
  input: Pick<CommandInput, 'config' | 'db'>,
  act: (deps: Deps) => Promise<Result>,
): Promise<Result> => {
  const deps = commandDeps(input);
  try {
    return await act(deps);
  } finally {
    await deps.engine.close().catch(() => {});
  }
};

const reconcileCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const { config, db } = deps;
    const report = await inTurn(db, () => reconcile(deps, WHOLE)).catch((error: unknown) => {
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
  });

// The sweep of a running desk may have the turn: wait for its end.
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

const retryCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const [target = ''] = input.args;
    if (target === 'all') {
      const { letters, files } = await retryAll(deps, { actor: OPERATOR });
      return {
        text: `letters that are tried again: ${letters}; files of nobody removed: ${files}`,
        json: { letters, files },
      };
    }
    const retried = await retryLetter(deps, { letterId: target, actor: OPERATOR });
    if (!retried) throw new OperatorError(`There is no letter ${target} with anything left to do.`);
    return { text: `${target} is tried again`, json: { letters: 1, files: 0 } };
  });

export const RECONCILE_COMMANDS: Commands = {
  reconcile: {
    usage: 'reconcile',
    help: 'after the loss of the engine: start missing workflows from the record',
    args: 0,
    run: reconcileCommand,
  },
  retry: {
    usage: 'retry LETTER_ID|all',
    help: 'retry stuck work (listed by doctor), however often it has failed',
    args: 1,
    run: retryCommand,
  },
};
