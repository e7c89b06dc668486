/** `codec-token`: for reading histories with Temporal's own command line. */
import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import { makeCodecToken } from '../operations/maintenance/open-payloads.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { readMasterSecret } from '../main/secret.ts';
import { OPERATOR } from './operator.ts';

export const codecTokenCommand = async ({ config, db }: CommandInput): Promise<CommandResult> => {
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
      `good for ${minutes} minutes, as long as nobody else sees it:`,
      `export TEMPORAL_CODEC_ENDPOINT=${endpoint}`,
      `export TEMPORAL_CODEC_AUTH='Bearer ${token}'`,
    ].join('\n'),
    json: { endpoint, token, until: until.toISOString() },
  };
};
