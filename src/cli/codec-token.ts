import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import { makeCodecToken } from '../operations/maintenance/open-payloads.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';
import { readMasterSecret } from '../main/secret.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const makeToken = async ({ config, db }: CommandInput): Promise<CommandResult> => {
  const minutes = config.limits.codecTokenMinutes;
  const { codecToken } = deriveKeys(readMasterSecret(config));
  const { token, until } = makeCodecToken(codecToken, minutes);
  await addAuditEntry(db, {
    actor: OPERATOR,
    action: 'codec_token_made',
    details: { until: until.toISOString() },
  });
  const endpoint = `${config.PUBLIC_ORIGIN}/staff/codec`;
  return {
    text: [
      `valid for ${minutes} minutes; keep it secret:`,
      `export TEMPORAL_CODEC_ENDPOINT=${endpoint}`,
      `export TEMPORAL_CODEC_AUTH='Bearer ${token}'`,
    ].join('\n'),
    json: { endpoint, token, until: until.toISOString() },
  };
};

export const CODEC_COMMANDS: Commands = {
  'codec-token': {
    usage: 'codec-token',
    help: 'a short-lived token with which the `temporal` command line reads encrypted payloads',
    args: 0,
    run: makeToken,
  },
};
