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
import type { ConnectionOptions, WorkflowHandle } from '@temporalio/client';
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

interface EngineOptions {
  connection: ConnectionOptions;
  namespace: string;
  taskQueue?: string;
  dataConverter?: DataConverter;
}

/** Connects lazily: a desk starts, and accepts letters, while its engine is away. */
export class LetterEngine {
  private readonly connection: Connection;
  private readonly client: Client;
  private readonly namespace: string;
  private readonly taskQueue: string;
  private readonly calls = new Set<Promise<unknown>>();

  constructor({ connection, namespace, taskQueue = TASK_QUEUE, dataConverter }: EngineOptions) {
    this.connection = Connection.lazy({
      ...connection,
      // An engine that is back is noticed within seconds; the default waits up to two minutes.
      channelArgs: {
        'grpc.initial_reconnect_backoff_ms': 250,
        'grpc.max_reconnect_backoff_ms': 2_000,
        ...connection.channelArgs,
      },
    });
    this.client = new Client({
      connection: this.connection,
      namespace,
      ...(dataConverter && { dataConverter }),
    });
    this.namespace = namespace;
    this.taskQueue = taskQueue;
  }

  private async within<Result>(ms: number, call: () => Promise<Result>): Promise<Result> {
    const answer = this.client.withDeadline(Date.now() + ms, call);
    this.calls.add(answer);
    try {
      return await answer;
    } finally {
      this.calls.delete(answer);
    }
  }

  private handleOf(letterId: string): WorkflowHandle {
    return this.client.workflow.getHandle(letterWorkflowId(letterId));
  }

  private async *pagesOf(query: string): AsyncGenerator<string[]> {
    const { connection, namespace } = this;
    let nextPageToken: Uint8Array | undefined;
    do {
      const request = {
        namespace,
        query,
        pageSize: PAGE,
        ...(nextPageToken && { nextPageToken }),
      };
      const answer = await this.within(CALL_MS, () =>
        connection.workflowService.listWorkflowExecutions(request),
      );
      yield (answer.executions ?? []).flatMap(({ execution }) => {
        const id = execution?.workflowId ?? '';
        return id.startsWith(WORKFLOW_ID_START) ? [id.slice(WORKFLOW_ID_START.length)] : [];
      });
      nextPageToken = answer.nextPageToken;
    } while (nextPageToken && nextPageToken.length > 0);
  }

  async start(input: LetterInput): Promise<void> {
    try {
      await this.within(CALL_MS, () =>
        this.client.workflow.start(LETTER_WORKFLOW, {
          ...optionsFor(input, this.taskQueue),
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  async signalRunning(letterId: string, name: string, payload: object): Promise<boolean> {
    try {
      await this.within(CALL_MS, () => this.handleOf(letterId).signal(name, payload));
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /**
   * Signals the workflow; starts it from the record first when the engine does not know it or it
   * failed. `startEnded`: also when it has completed.
   */
  async signal(
    input: LetterInput,
    name: string,
    payload: object,
    { startEnded = false } = {},
  ): Promise<'delivered' | 'ended'> {
    try {
      await this.within(CALL_MS, () =>
        this.client.workflow.signalWithStart(LETTER_WORKFLOW, {
          ...optionsFor(input, this.taskQueue),
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
  }

  async startBulk(input: BulkInput): Promise<void> {
    await this.within(CALL_MS, () =>
      this.client.workflow.start(BULK_WORKFLOW, {
        workflowId: bulkWorkflowId(input.bulkId),
        taskQueue: this.taskQueue,
        args: [input],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  }

  async status(letterId: string, timeoutMs: number): Promise<LetterState | undefined> {
    try {
      return await this.within(timeoutMs, () =>
        this.handleOf(letterId).query<LetterState>(STATUS_QUERY),
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
  }

  async describe(letterId: string): Promise<string | undefined> {
    try {
      const { status } = await this.within(CALL_MS, () => this.handleOf(letterId).describe());
      return status.name;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** By the engine's visibility index, which may lag by seconds. */
  async runningAmong(letterIds: string[]): Promise<Set<string>> {
    const ids = letterIds.map((letterId) => `'${letterWorkflowId(letterId)}'`).join(', ');
    const found = new Set<string>();
    if (letterIds.length === 0) return found;
    for await (const page of this.pagesOf(`${RUNNING} AND WorkflowId IN (${ids})`))
      for (const letterId of page) found.add(letterId);
    return found;
  }

  listRunning(): AsyncIterable<string[]> {
    return this.pagesOf(
      `${RUNNING} AND WorkflowType = '${LETTER_WORKFLOW}' AND TaskQueue = '${this.taskQueue}'`,
    );
  }

  prepare(settings: { retentionDays: number; log: Logger }): Promise<void> {
    const { connection, namespace } = this;
    return prepareNamespace({ connection, namespace, ...settings });
  }

  async check(timeoutMs: number): Promise<void> {
    const { connection, namespace } = this;
    try {
      await this.within(timeoutMs, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
    } catch (error) {
      const refusal = refusalOf(error);
      throw refusal === undefined ? error : new Error(refusal, { cause: error });
    }
  }

  async close(): Promise<void> {
    // A call that is tried again on a closed connection would end the process.
    await Promise.allSettled(this.calls);
    await this.connection.close();
  }
}
