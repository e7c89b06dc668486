import { listApiKeys } from '../operations/integrations/api-keys.sql.ts';
import type { ApiKeyRow } from '../operations/integrations/api-keys.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { addKey, revokeKey } from '../operations/integrations/api-keys.ts';
import { commandDeps } from '../main/compose.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const PROBLEMS: Record<string, string> = {
  'name malformed': 'The name of a key has 1 to 60 characters.',
  'name taken': 'There is a key with this name; revoke it first, or take another name.',
  'scope malformed': '--scope must be one of read, decide, admin.',
  'unit malformed':
    '--unit must be the ID of a unit (npm run desk -- unit list), and is not for --scope admin.',
  'days malformed': '--expires must be a number of days from 1 to 3650.',
};

const isOver = ({ revokedAt, expiresAt }: ApiKeyRow): boolean =>
  revokedAt !== null || (expiresAt !== null && expiresAt < new Date());

const show = (key: ApiKeyRow) => ({
  id: key.id,
  name: key.name,
  scope: key.scope,
  unit: key.unitId,
  prefix: key.prefix,
  createdAt: key.createdAt,
  expiresAt: key.expiresAt,
  revokedAt: key.revokedAt,
  lastUsedOn: key.lastUsedOn,
});

const line = (key: ApiKeyRow): string =>
  [
    key.id,
    `${key.prefix}…`,
    key.scope,
    key.name,
    key.unitId === null ? '' : `(unit ${key.unitId})`,
    key.lastUsedOn === null ? 'never used' : `used ${key.lastUsedOn}`,
    key.revokedAt ? '(revoked)' : '',
    !key.revokedAt && isOver(key) ? '(expired)' : '',
  ]
    .filter(Boolean)
    .join('  ');

export const addKeyCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { args, options } = input;
  const { scope, unit, expires } = options;
  const added = await addKey(commandDeps(input), {
    by: OPERATOR,
    name: args[0] ?? '',
    scope: typeof scope === 'string' ? scope : '',
    unitId: typeof unit === 'string' ? unit : null,
    days: typeof expires === 'string' ? Number(expires || NaN) : null,
  });
  if (added.outcome === 'invalid')
    throw new OperatorError(PROBLEMS[`${added.field} ${added.why}`] ?? 'The key is invalid.');
  const { row, key } = added;
  return {
    text: `${line(row)}\nkey (shown once): ${key}`,
    json: { ...show(row), key },
  };
};

export const listKeysCommand = async (input: CommandInput): Promise<CommandResult> => {
  const keys = await listApiKeys(input.db);
  return { text: keys.map(line).join('\n') || 'no keys', json: keys.map(show) };
};

export const revokeKeyCommand = async (input: CommandInput): Promise<CommandResult> => {
  const id = input.args[0] ?? '';
  const revoked = await revokeKey(commandDeps(input), { by: OPERATOR, id });
  if (!revoked)
    throw new OperatorError(
      `There is no key ${id} that is not revoked; see: npm run desk -- key list`,
    );
  return { text: line(revoked), json: show(revoked) };
};

export const KEY_COMMANDS: Commands = {
  'key add': {
    usage: 'key add NAME --scope read|decide|admin [--unit ID] [--expires DAYS]',
    help: 'an API key for another system, printed once; with `--unit` it sees only registered letters of that unit',
    options: {
      scope: { type: 'string' },
      unit: { type: 'string' },
      expires: { type: 'string' },
    },
    args: 1,
    run: addKeyCommand,
  },
  'key list': { usage: 'key list', help: 'the API keys', args: 0, run: listKeysCommand },
  'key revoke': {
    usage: 'key revoke ID',
    help: 'refuse all further requests with this key',
    args: 1,
    run: revokeKeyCommand,
  },
};
