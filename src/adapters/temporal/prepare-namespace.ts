/**
 * What the letters need of a Temporal namespace: three search attributes and a long retention.
 * May be run again and by several workers at once. A namespace that refuses (Temporal Cloud makes
 * attributes by its own tool) is only checked.
 */
import type { Connection } from '@temporalio/client';
import protobuf from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../../workflows/letter.contract.ts';
import type { Logger } from '../../logger.ts';

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
  const missing = async (): Promise<string[]> => {
    const { customAttributes } = await within(() =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    return Object.values(SEARCH_ATTRIBUTES).filter((name) => !(name in (customAttributes ?? {})));
  };

  const wanted = await missing();
  if (wanted.length > 0) {
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
      const still = await missing();
      if (still.length > 0)
        throw new Error(
          `search attributes are missing in namespace ${namespace}: ${still.join(', ')}`,
          {
            cause: error,
          },
        );
    }
  }
  try {
    const seconds = retentionDays * 86_400;
    const { config } = await within(() =>
      connection.workflowService.describeNamespace({ namespace }),
    );
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
