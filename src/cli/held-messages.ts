import { OperatorError } from '../platform/base/errors.ts';
import {
  findHeldMessages,
  holdMessages,
  releaseMessages,
  skipMessage,
} from '../operations/maintenance/held-messages.ts';
import { withCommandDeps } from './reconcile.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const LISTED = 50;

const listCommand = (input: CommandInput): Promise<CommandResult> =>
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

const holdCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const given = input.options.reason;
    const why = typeof given === 'string' && given.trim() !== '' ? given.trim() : 'by the operator';
    const held = await holdMessages(deps, { why, actor: OPERATOR });
    return {
      text: held
        ? 'SMS to senders are held until "outgoing release". Sign-in codes are still sent.'
        : 'They are held already.',
      json: { held: true, changed: held },
    };
  });

const skipCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const [messageId = ''] = input.args;
    if (!(await skipMessage(deps, { messageId, actor: OPERATOR })))
      throw new OperatorError(`There is no message ${messageId} that waits.`);
    return {
      text: `${messageId} counts as sent and is not sent again.`,
      json: { messageId, skipped: true },
    };
  });

const releaseCommand = (input: CommandInput): Promise<CommandResult> =>
  withCommandDeps(input, async (deps) => {
    const released = await releaseMessages(deps, { actor: OPERATOR });
    if (!released) throw new OperatorError('Nothing is held.');
    return {
      text: `SMS go again; those of ${released.letters} letters within some minutes.`,
      json: released,
    };
  });

export const HELD_MESSAGE_COMMANDS: Commands = {
  'outgoing list': {
    usage: 'outgoing list [--all]',
    help: 'SMS to senders that have not been sent, and whether they are held',
    options: { all: { type: 'boolean' } },
    args: 0,
    run: listCommand,
  },
  'outgoing hold': {
    usage: 'outgoing hold [--reason TEXT]',
    help: 'hold SMS to senders, as after a restore by other means; sign-in codes are still sent',
    options: { reason: { type: 'string' } },
    args: 0,
    run: holdCommand,
  },
  'outgoing skip': {
    usage: 'outgoing skip MESSAGE_ID',
    help: 'do not send an SMS that the sender already has, according to the gateway',
    args: 1,
    run: skipCommand,
  },
  'outgoing release': {
    usage: 'outgoing release',
    help: 'send the held SMS',
    args: 0,
    run: releaseCommand,
  },
};
