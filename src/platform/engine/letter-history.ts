import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { letterWorkflowId } from '../../../workflows/letter.contract.ts';
import { isEncrypted } from './payload-codec.ts';
import type { DeskPayloadCodec } from './payload-codec.ts';

export type LetterHistory = { history: unknown } | { missing: string };

export const readLetterHistory = async ({
  connection: options,
  namespace,
  letterId,
  timeoutMs,
  codec,
}: {
  connection: ConnectionOptions;
  namespace: string;
  letterId: string;
  timeoutMs: number;
  codec?: DeskPayloadCodec | undefined;
}): Promise<LetterHistory> => {
  const connection = Connection.lazy(options);
  try {
    const client = new Client({ connection, namespace });
    const history = await client.withDeadline(Date.now() + timeoutMs, () =>
      client.workflow.getHandle(letterWorkflowId(letterId)).fetchHistory(),
    );
    if (codec) await openPayloads(history, codec);
    // A protobuf message knows its JSON: names for enums, base 64 for payloads.
    return { history: JSON.parse(JSON.stringify(history)) as unknown };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return { missing: 'the workflow engine does not know this letter' };
    const why = error instanceof Error ? error.message : String(error);
    return { missing: `the workflow engine did not answer: ${why}` };
  } finally {
    await connection.close().catch(() => {});
  }
};

const openPayloads = async (value: unknown, codec: DeskPayloadCodec): Promise<void> => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (isPayload(value)) {
    const [opened] = await codec.decode([value]);
    Object.assign(value, opened);
    return;
  }
  for (const part of Object.values(value)) await openPayloads(part, codec);
};

const isPayload = (value: object): value is Payload =>
  'metadata' in value &&
  'data' in value &&
  typeof value.metadata === 'object' &&
  isEncrypted(value as Payload);
