/**
 * Decrypts the engine's payloads for Temporal's own tools: an administrator's browser, or a command
 * line with a token from `codec-token`. Each opening is audited on the letter.
 */
import type { Payload } from '@temporalio/common';
import { letterIdOf } from '../../platform/engine/payload-codec.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { seal, unseal } from '../../platform/sealing/secrets.ts';
import type { Deps } from '../../platform/deps.ts';
import { findLetterById } from '../../desk/letters/letter-access.ts';

/** A page of Temporal UI asks for each payload separately; that counts as one opening. */
const ONE_OPENING_MS = 10 * 60_000;

const TOKEN_OF = 'codec of the command line';

export const makeCodecToken = (key: Buffer, minutes: number): { token: string; until: Date } => {
  const expiresAt = Date.now() + minutes * 60_000;
  return { token: seal(key, TOKEN_OF, expiresAt), until: new Date(expiresAt) };
};

export interface EnginePayload {
  metadata?: Record<string, string>;
  data?: string;
}

export type CodecReader = { staff: StaffMember } | { token: string };

interface PayloadsToRead {
  reader: CodecReader;
  payloads: EnginePayload[];
  from?: string;
}

/**
 * A payload in the clear, or under an unknown key, comes back unchanged; undefined: the desk never
 * wrote one of them.
 */
export const decodePayloads = async (
  deps: Deps,
  { reader, payloads, from }: PayloadsToRead,
): Promise<EnginePayload[] | undefined> => {
  const { codec } = deps;
  const actor = actorOf(deps, reader);
  const sealed = payloads.map(fromJson);
  if (sealed.some((payload) => codec.check(payload) === 'malformed')) return undefined;
  const known = sealed.filter((payload) => codec.check(payload) === 'known');
  const owners = known.map((payload) => codec.ownerOf(payload)).filter((one) => one !== null);
  // Audited first: an opening that could not be audited shows nothing.
  for (const workflowId of new Set(owners)) await auditOpening(deps, actor, workflowId, from);
  const opened = await codec.decode(known);
  return sealed.map((payload) => toJson(opened[known.indexOf(payload)] ?? payload));
};

export const encodePayloads = async (
  deps: Deps,
  { reader, payloads }: PayloadsToRead,
): Promise<EnginePayload[]> => {
  actorOf(deps, reader);
  return (await deps.codec.encode(payloads.map(fromJson))).map(toJson);
};

const actorOf = ({ keys }: Deps, reader: CodecReader): Actor => {
  if ('staff' in reader && reader.staff.role === 'admin')
    return { kind: 'staff', id: reader.staff.id };
  if ('token' in reader && unseal(keys.codecToken, reader.token, Date.now()) === TOKEN_OF)
    return { kind: 'operator', id: 'command line' };
  throw new DomainError('not_allowed');
};

const auditOpening = async (
  { db }: Deps,
  actor: Actor,
  workflowId: string,
  from: string | undefined,
): Promise<void> => {
  const letterId = letterIdOf(workflowId);
  const known = letterId !== undefined && (await findLetterById(db, letterId)) !== undefined;
  const opening = Math.floor(Date.now() / ONE_OPENING_MS);
  await addAuditEntry(db, {
    ...(known && { letterId }),
    actor,
    action: 'payloads_opened',
    details: { workflow: workflowId },
    dedupKey: `payloads-opened:${actor.id}:${workflowId}:${opening}`,
    ...(from !== undefined && { from }),
  });
};

const fromJson = ({ metadata = {}, data }: EnginePayload): Payload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
  ),
  ...(data !== undefined && { data: Buffer.from(data, 'base64') }),
});

const toJson = ({ metadata, data }: Payload): EnginePayload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [
      name,
      Buffer.from(value ?? []).toString('base64'),
    ]),
  ),
  ...(data && { data: Buffer.from(data).toString('base64') }),
});
