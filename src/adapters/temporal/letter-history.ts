/** The history of a letter's workflow as the engine keeps it. */
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { letterWorkflowId } from '../../../workflows/letter.contract.ts';

/** Why there is none, for people; or the history. */
export type LetterHistory = { history: unknown } | { missing: string };

/** Never throws: an engine that does not answer in time is one of the answers. */
export const readLetterHistory = async ({
  connection: options,
  namespace,
  letterId,
  timeoutMs,
}: {
  connection: ConnectionOptions;
  namespace: string;
  letterId: string;
  timeoutMs: number;
}): Promise<LetterHistory> => {
  const connection = Connection.lazy(options);
  try {
    const client = new Client({ connection, namespace });
    const history = await client.withDeadline(Date.now() + timeoutMs, () =>
      client.workflow.getHandle(letterWorkflowId(letterId)).fetchHistory(),
    );
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
