/**
 * Payloads of the engine in the clear, for Temporal's own tools: an administrator's browser, or a
 * command line with a token that `codec-token` has made. Each opening is in the letter's audit trail.
 */
import type { Payload } from '@temporalio/common';
import { letterIdOf } from '../../platform/engine/payload-codec.ts';
import type { DeskPayloadCodec } from '../../platform/engine/payload-codec.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { CodecReader, Desk, EnginePayload } from '../../desk/desk.ts';
import { findLetterById } from '../../desk/letters/read-letters.ts';
import { seal, unseal } from '../../platform/sealing/secrets.ts';

/** A page of Temporal UI asks for each payload by itself; that is one opening, not fifty. */
const ONE_OPENING_MS = 10 * 60_000;

const TOKEN_OF = 'codec of the command line';

/** For whoever runs the command line of the desk. */
export const makeCodecToken = (key: Buffer, minutes: number): { token: string; until: Date } => {
  const expiresAt = Date.now() + minutes * 60_000;
  return { token: seal(key, TOKEN_OF, expiresAt), until: new Date(expiresAt) };
};

export const createOpenPayloads = ({
  db,
  codec,
  tokenKey,
}: {
  db: Db;
  codec: DeskPayloadCodec;
  tokenKey: Buffer;
}): Pick<Desk, 'decodePayloads' | 'encodePayloads'> => {
  const actorOf = (reader: CodecReader): Actor => {
    if ('staff' in reader && reader.staff.role === 'admin')
      return { kind: 'staff', id: reader.staff.id };
    if ('token' in reader && unseal(tokenKey, reader.token, Date.now()) === TOKEN_OF)
      return { kind: 'operator', id: 'command line' };
    throw new DomainError('not_allowed');
  };

  const tell = async (actor: Actor, workflowId: string, from: string | undefined) => {
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

  return {
    async decodePayloads({ reader, payloads, from }) {
      const actor = actorOf(reader);
      const sealed = payloads.map(fromJson);
      if (sealed.some((payload) => codec.check(payload) === 'malformed')) return undefined;
      const known = sealed.filter((payload) => codec.check(payload) === 'known');
      const owners = known.map((payload) => codec.ownerOf(payload)).filter((one) => one !== null);
      // Told first: what could not be told is not shown.
      for (const workflowId of new Set(owners)) await tell(actor, workflowId, from);
      const opened = await codec.decode(known);
      return sealed.map((payload) => toJson(opened[known.indexOf(payload)] ?? payload));
    },
    async encodePayloads({ reader, payloads }) {
      actorOf(reader);
      return (await codec.encode(payloads.map(fromJson))).map(toJson);
    },
  };
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
