import type { Connection } from '@temporalio/client';
import protobuf from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../../workflows/letter.contract.ts';
import type { Logger } from '../base/logger.ts';
import { isNotOffered } from './refusal.ts';

const CALL_MS = 10_000;
const WANTED = Object.values(SEARCH_ATTRIBUTES);

interface Namespace {
  connection: Connection;
  namespace: string;
}

const within = <Result>(connection: Connection, call: () => Promise<Result>): Promise<Result> =>
  connection.withDeadline(Date.now() + CALL_MS, call);

const describeNamespace = ({ connection, namespace }: Namespace) =>
  within(connection, () => connection.workflowService.describeNamespace({ namespace }));

const missingAttributes = async (at: Namespace): Promise<string[] | undefined> => {
  const { connection, namespace } = at;
  let names: string[];
  try {
    const { customAttributes } = await within(connection, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    names = Object.keys(customAttributes ?? {});
  } catch (error) {
    if (!isNotOffered(error)) throw error;
    const { config } = await describeNamespace(at);
    names = Object.values(config?.customSearchAttributeAliases ?? {});
    if (names.length === 0) return undefined;
  }
  return WANTED.filter((name) => !names.includes(name));
};

const addMissingAttributes = async (at: Namespace, log: Logger): Promise<void> => {
  const { connection, namespace } = at;
  const missing = await missingAttributes(at);
  if (missing === undefined) {
    log.warn(
      { namespace },
      `whether the search attributes are there is not known: ${WANTED.join(', ')}`,
    );
    return;
  }
  if (missing.length === 0) return;
  try {
    const type = protobuf.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
    await within(connection, () =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, type])),
      }),
    );
  } catch (error) {
    // Another worker was first, or this namespace is looked after elsewhere.
    const still = (await missingAttributes(at)) ?? missing;
    if (still.length > 0)
      throw new Error(
        `search attributes are missing in namespace ${namespace}: make ${still.join(', ')} (keyword) with Temporal's own tool`,
        { cause: error },
      );
  }
};

const lengthenRetention = async (
  at: Namespace,
  { retentionDays, log }: { retentionDays: number; log: Logger },
): Promise<void> => {
  const { connection, namespace } = at;
  try {
    const seconds = retentionDays * 86_400;
    const { config } = await describeNamespace(at);
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return;
    await within(connection, () =>
      connection.workflowService.updateNamespace({
        namespace,
        config: {
          workflowExecutionRetentionTtl: protobuf.google.protobuf.Duration.fromObject({ seconds }),
        },
      }),
    );
  } catch (error) {
    log.warn({ err: error, namespace }, 'retention could not be set');
  }
};

/**
 * Adds three search attributes and a long retention. Idempotent and safe for concurrent workers. A
 * namespace that refuses (Temporal Cloud) is only checked.
 */
export const prepareNamespace = async ({
  connection,
  namespace,
  retentionDays,
  log,
}: Namespace & { retentionDays: number; log: Logger }): Promise<void> => {
  const at = { connection, namespace };
  await addMissingAttributes(at, log);
  await lengthenRetention(at, { retentionDays, log });
};
