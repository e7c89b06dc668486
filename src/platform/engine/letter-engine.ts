/**
 * Every call has a deadline and is idempotent: starting a running letter and signalling an ended
 * one are not errors.
 */
import {
  Client,
  Connection,
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import {
  LETTER_WORKFLOW,
  SEARCH_ATTRIBUTES,
  STATUS_QUERY,
  TASK_QUEUE,
  letterWorkflowId,
} from '../../../workflows/letter.contract.ts';
import { BULK_WORKFLOW, bulkWorkflowId } from '../../../workflows/bulk.contract.ts';
import type { BulkInput } from '../../../workflows/bulk.contract.ts';
import type { LetterInput, LetterState } from '../../../workflows/letter.contract.ts';
import type { Logger } from '../base/logger.ts';
import { prepareNamespace } from './prepare-namespace.ts';
import { refusalOf } from './refusal.ts';

export interface LetterEngine {
  start(input: LetterInput): Promise<void>;
  signalRunning(letterId: string, name: string, payload: object): Promise<boolean>;
  /**
   * Signals the workflow; starts it from the record first when the engine does not know it or it
   * failed. `startEnded`: also when it has completed.
   */
  signal(
    input: LetterInput,
    name: string,
    payload: object,
    options?: { startEnded?: boolean },
  ): Promise<'delivered' | 'ended'>;
  startBulk(input: BulkInput): Promise<void>;
  status(letterId: string, timeoutMs: number): Promise<LetterState | undefined>;
  describe(letterId: string): Promise<string | undefined>;
  /** By the engine's visibility index, which may lag by seconds. */
  runningAmong(letterIds: string[]): Promise<Set<string>>;
  listRunning(): AsyncIterable<string[]>;
  prepare(settings: { retentionDays: number; log: Logger }): Promise<void>;
  check(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const CALL_MS = 4_000;
const PAGE = 500;
const WORKFLOW_ID_START = letterWorkflowId('');

const RUNNING = "ExecutionStatus = 'Running'";

const STATUS_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.status, 'KEYWORD');
const UNIT_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.unit, 'KEYWORD');
const NUMBER_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.number, 'KEYWORD');

const optionsFor = (input: LetterInput, taskQueue: string) => {
  const { status, unit, letterNumber } = input.state;
  return {
    workflowId: letterWorkflowId(input.letterId),
    taskQueue,
    args: [input],
    // A letter whose workflow was terminated by hand may be started again from the record.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' as const,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: STATUS_KEY, value: status },
      { key: UNIT_KEY, value: unit },
      ...(letterNumber === null ? [] : [{ key: NUMBER_KEY, value: letterNumber }]),
    ]),
  };
};

/** Connects lazily: a desk starts, and accepts letters, while its engine is away. */
export const createLetterEngine = ({
  connection: options,
  namespace,
  taskQueue = TASK_QUEUE,
  dataConverter,
}: {
  connection: ConnectionOptions;
  namespace: string;
  taskQueue?: string;
  dataConverter?: DataConverter;
}): LetterEngine => {
  const connection = Connection.lazy({
    ...options,
    // An engine that is back is noticed within seconds; the default waits up to two minutes.
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': 250,
      'grpc.max_reconnect_backoff_ms': 2_000,
      ...options.channelArgs,
    },
  });
  const client = new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
  const calls = new Set<Promise<unknown>>();
  const within = async <Result>(ms: number, call: () => Promise<Result>): Promise<Result> => {
    const answer = client.withDeadline(Date.now() + ms, call);
    calls.add(answer);
    try {
      return await answer;
    } finally {
      calls.delete(answer);
    }
  };

  async function* pagesOf(query: string): AsyncGenerator<string[]> {
    let nextPageToken: Uint8Array | undefined;
    do {
      const answer = await within(CALL_MS, () =>
        connection.workflowService.listWorkflowExecutions({
          namespace,
          query,
          pageSize: PAGE,
          ...(nextPageToken && { nextPageToken }),
        }),
      );
      yield (answer.executions ?? []).flatMap(({ execution }) => {
        const id = execution?.workflowId ?? '';
        return id.startsWith(WORKFLOW_ID_START) ? [id.slice(WORKFLOW_ID_START.length)] : [];
      });
      nextPageToken = answer.nextPageToken;
    } while (nextPageToken && nextPageToken.length > 0);
  }

  return {
    async start(input) {
      try {
        await within(CALL_MS, () =>
          client.workflow.start(LETTER_WORKFLOW, {
            ...optionsFor(input, taskQueue),
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },

    async signalRunning(letterId, name, payload) {
      try {
        await within(CALL_MS, () =>
          client.workflow.getHandle(letterWorkflowId(letterId)).signal(name, payload),
        );
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    async signal(input, name, payload, { startEnded = false } = {}) {
      try {
        await within(CALL_MS, () =>
          client.workflow.signalWithStart(LETTER_WORKFLOW, {
            ...optionsFor(input, taskQueue),
            ...(startEnded && { workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const }),
            signal: name,
            signalArgs: [payload],
          }),
        );
        return 'delivered';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'ended';
        throw error;
      }
    },

    async startBulk(input) {
      await within(CALL_MS, () =>
        client.workflow.start(BULK_WORKFLOW, {
          workflowId: bulkWorkflowId(input.bulkId),
          taskQueue,
          args: [input],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      );
    },

    async status(letterId, timeoutMs) {
      try {
        return await within(timeoutMs, () =>
          client.workflow.getHandle(letterWorkflowId(letterId)).query<LetterState>(STATUS_QUERY),
        );
      } catch (error) {
        if (
          error instanceof WorkflowNotFoundError ||
          error instanceof QueryNotRegisteredError ||
          (error instanceof Error && error.name === 'ServiceError')
        )
          return undefined;
        throw error;
      }
    },

    async describe(letterId) {
      try {
        const handle = client.workflow.getHandle(letterWorkflowId(letterId));
        return (await within(CALL_MS, () => handle.describe())).status.name;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },

    async runningAmong(letterIds) {
      const ids = letterIds.map((letterId) => `'${letterWorkflowId(letterId)}'`).join(', ');
      const found = new Set<string>();
      if (letterIds.length === 0) return found;
      for await (const page of pagesOf(`${RUNNING} AND WorkflowId IN (${ids})`))
        for (const letterId of page) found.add(letterId);
      return found;
    },

    listRunning: () =>
      pagesOf(`${RUNNING} AND WorkflowType = '${LETTER_WORKFLOW}' AND TaskQueue = '${taskQueue}'`),

    prepare: (settings) => prepareNamespace({ connection, namespace, ...settings }),

    async check(timeoutMs) {
      try {
        await within(timeoutMs, () => connection.workflowService.describeNamespace({ namespace }));
      } catch (error) {
        const refusal = refusalOf(error);
        throw refusal === undefined ? error : new Error(refusal, { cause: error });
      }
    },

    async close() {
      // A call that is tried again on a closed connection would end the process.
      await Promise.allSettled(calls);
      await connection.close();
    },
  };
};
