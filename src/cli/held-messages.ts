/** `outgoing`: SMS to senders that are held, as after a restore. */
import { OperatorError } from '../platform/base/errors.ts';
import {
  findHeldMessages,
  holdMessages,
  releaseMessages,
  skipMessage,
} from '../operations/maintenance/held-messages.ts';
import { withCommandDeps } from './reconcile.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { OPERATOR } from './operator.ts';

const LISTED = 50;

export const listOutgoingCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const { hold, waiting, total } = await findHeldMessages(
      deps,
      input.options.all ? 1_000_000 : LISTED,
    );
    return {
      text: [
        hold
          ? `held since ${hold.since.toISOString()}: ${hold.why}`
          : 'nothing is held: what waits here is on its way, or was refused by the gateway',
        ...waiting.map(
          ({ id, kind, letterId, letterNumber, createdAt, state }) =>
            `${id}  ${kind}  ${createdAt.toISOString()}  letter ${letterId} ${letterNumber ?? ''}${state === 'failed' ? '  refused by the gateway' : ''}`,
        ),
        total > waiting.length ? `… and ${total - waiting.length} more (--all)` : `${total} wait`,
      ].join('\n'),
      json: {
        hold: hold ? { since: hold.since, why: hold.why } : null,
        total,
        waiting: waiting.map(({ total: _total, ...message }) => message),
      },
    };
  });

export const holdOutgoingCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const given = input.options.reason;
    const why = typeof given === 'string' && given.trim() !== '' ? given.trim() : 'by the operator';
    const held = await holdMessages(deps, { why, actor: OPERATOR });
    return {
      text: held
        ? 'SMS to senders are held until: outgoing release. Sign-in codes go on.'
        : 'They are held already.',
      json: { held: true, changed: held },
    };
  });

export const skipOutgoingCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const [messageId = ''] = input.args;
    if (!(await skipMessage(deps, { messageId, actor: OPERATOR })))
      throw new OperatorError(`There is no message ${messageId} that waits.`);
    return {
      text: `${messageId} counts as told, and is not sent any more.`,
      json: { messageId, skipped: true },
    };
  });

export const releaseOutgoingCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const released = await releaseMessages(deps, { actor: OPERATOR });
    if (!released) throw new OperatorError('Nothing is held.');
    return {
      text: `SMS go again; those of ${released.letters} letters within some minutes.`,
      json: released,
    };
  });
