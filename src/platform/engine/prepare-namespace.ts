/**
 * Adds three search attributes and a long retention. Idempotent and safe for concurrent workers. A
 * namespace that refuses (Temporal Cloud) is only checked.
 */
import type { Connection } from '@temporalio/client';
import protobuf from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../../workflows/letter.contract.ts';
import type { Logger } from '../base/logger.ts';
import { isNotOffered } from './refusal.ts';

const CALL_MS = 10_000;

export const prepareNamespace = async ({
  connection,
  namespace,
  retentionDays,
  log,
}: {
  connection: Connection;
  namespace: string;
  retentionDays: number;
  log: Logger;
}): Promise<void> => {
  const within = <Result>(call: () => Promise<Result>): Promise<Result> =>
    connection.withDeadline(Date.now() + CALL_MS, call);
  const described = () => within(() => connection.workflowService.describeNamespace({ namespace }));
  const listNames = async (): Promise<string[] | undefined> => {
    try {
      const { customAttributes } = await within(() =>
        connection.operatorService.listSearchAttributes({ namespace }),
      );
      return Object.keys(customAttributes ?? {});
    } catch (error) {
      if (!isNotOffered(error)) throw error;
      const { config } = await described();
      const names = Object.values(config?.customSearchAttributeAliases ?? {});
      return names.length === 0 ? undefined : names;
    }
  };
  const missing = async (): Promise<string[] | undefined> => {
    const names = await listNames();
    return names && Object.values(SEARCH_ATTRIBUTES).filter((name) => !names.includes(name));
  };

  const wanted = await missing();
  if (wanted === undefined)
    log.warn(
      { namespace },
      `whether the search attributes are there is not known: ${Object.values(SEARCH_ATTRIBUTES).join(', ')}`,
    );
  else if (wanted.length > 0) {
    try {
      const type = protobuf.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
      await within(() =>
        connection.operatorService.addSearchAttributes({
          namespace,
          searchAttributes: Object.fromEntries(wanted.map((name) => [name, type])),
        }),
      );
    } catch (error) {
      // Another worker was first, or this namespace is looked after elsewhere.
      const still = (await missing()) ?? wanted;
      if (still.length > 0)
        throw new Error(
          `search attributes are missing in namespace ${namespace}: make ${still.join(', ')} (keyword) with Temporal's own tool`,
          { cause: error },
        );
    }
  }
  try {
    const seconds = retentionDays * 86_400;
    const { config } = await described();
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return;
    await within(() =>
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
