import { setTimeout as sleep } from 'node:timers/promises';
import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import { resealMailSettings } from '../desk/staff/staff-mail.sql.ts';
import { resealStaff } from '../desk/staff/staff.sql.ts';
import {
  rehashSenders,
  resealApplicants,
  rewrapLetterKeys,
} from '../operations/maintenance/reseal.sql.ts';
import { resealWebhooks } from '../operations/integrations/webhooks.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { eraseLetter, listDueErasures, runRetention } from '../operations/maintenance/retention.ts';
import type { Erasure } from '../operations/maintenance/retention.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';
import { withCommandDeps } from './reconcile.ts';

const LISTED = 1_000;
// Time for a workflow to end once the letter's refused messages are given up.
const END_MS = 15_000;

const retentionCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    if (input.options['dry-run'] === true) {
      const due = await listDueErasures(deps, LISTED);
      const lines = due.map(
        ({ id, as, letterNumber, endedAt }) =>
          `${id}  ${as} ${endedAt.toISOString().slice(0, 10)}  ${letterNumber ?? ''}`,
      );
      return {
        text: lines.length > 0 ? lines.join('\n') : 'no letter is due',
        json: due.map(({ id, as, letterNumber, endedAt }) => ({ id, as, letterNumber, endedAt })),
      };
    }
    const report = await runRetention(deps);
    return {
      text: [
        `letters erased                  ${report.erased}`,
        `due, their workflow still runs  ${report.waiting}`,
        `mobile numbers erased           ${report.applicants}`,
        `texts of sent SMS erased        ${report.messages}`,
      ].join('\n'),
      json: report,
    };
  });

const REFUSALS: Record<Exclude<Erasure['outcome'], 'erased'>, string> = {
  not_found: 'There is no such letter.',
  not_ended:
    'The letter has not come to its end: it is rejected, withdrawn or closed first, and then erased.',
  erased_before: 'The letter is erased already.',
  still_running:
    'The workflow of the letter still runs, and could not read its own input any more. Try again when it has ended (desk doctor says whether a worker runs).',
};

const eraseCommand = (input: CommandInput): Promise<CommandResult> => {
  const [letterId = ''] = input.args;
  const why = typeof input.options.reason === 'string' ? input.options.reason.trim() : '';
  if (why === '')
    throw new OperatorError(
      'Give the reason with --reason, such as the number of the request. It stays in the audit trail: nothing personal in it.',
    );
  return withCommandDeps(input, async (deps) => {
    const end = Date.now() + END_MS;
    for (;;) {
      const erasure = await eraseLetter(deps, { letterId, actor: OPERATOR, why });
      if (erasure.outcome === 'erased')
        return {
          text: `${letterId} is erased, with ${erasure.files} stored file(s), pictures of pages included. What stays: its entry in the register, the audit trail, the hashes of its files.`,
          json: { letterId, files: erasure.files },
        };
      if (erasure.outcome !== 'still_running' || Date.now() > end)
        throw new OperatorError(REFUSALS[erasure.outcome]);
      await sleep(500);
    }
  });
};

const resealCommand = async ({ config, db }: CommandInput): Promise<CommandResult> => {
  if (!config.SECRET_KEY_OLD_FILE)
    throw new OperatorError(
      'SECRET_KEY_OLD_FILE names the master secret that was in force before.',
    );
  const letters = await rewrapLetterKeys(db);
  await rehashSenders(db);
  const applicants = await resealApplicants(db);
  const staff = await resealStaff(db);
  const mail = await resealMailSettings(db);
  const webhooks = await resealWebhooks(db);
  await addAuditEntry(db, {
    actor: OPERATOR,
    action: 'resealed',
    details: { letters: letters.changed, applicants: applicants.changed, staff: staff.changed },
  });
  const damaged =
    letters.damaged + applicants.damaged + staff.damaged + mail.damaged + webhooks.damaged;
  if (damaged > 0)
    throw new OperatorError(
      `${damaged} keys or numbers cannot be opened with either secret and stay as they are; the rest is sealed anew. Keep SECRET_KEY_OLD_FILE until their rows are restored (desk doctor names the letters).`,
    );
  return {
    text: `sealed anew: the keys of ${letters.changed} letters, the mobile numbers of ${applicants.changed} applicants, the secrets of ${staff.changed} staff members. SECRET_KEY_OLD_FILE can go after a day, when the last sign-in codes under it are gone.`,
    json: { letters: letters.changed, applicants: applicants.changed, staff: staff.changed },
  };
};

export const RETENTION_COMMANDS: Commands = {
  retention: {
    usage: 'retention [--dry-run]',
    help: 'erase now what is past its retention time; `--dry-run` lists the letters',
    options: { 'dry-run': { type: 'boolean' } },
    args: 0,
    run: retentionCommand,
  },
  erase: {
    usage: 'erase LETTER_ID --reason TEXT',
    help: 'erase the content of an ended letter for good',
    options: { reason: { type: 'string' } },
    args: 1,
    run: eraseCommand,
  },
  reseal: {
    usage: 'reseal',
    help: 'encrypt the record under the new master secret, after SECRET_KEY_OLD_FILE was set',
    args: 0,
    run: resealCommand,
  },
};
