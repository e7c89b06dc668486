/** What a Temporal server keeps of a letter, asked of the server itself without a key. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { installRuntime } from '../../main/worker.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { openLetterDesk } from '../../testing/letter-desk.ts';
import type { LetterDesk } from '../../testing/letter-desk.ts';
import type { LetterWorker } from '../../testing/letter-worker.ts';
import { connectTestClient, temporalAddress } from '../../testing/temporal.ts';
import { until } from '../../testing/until.ts';
import { bundleWorkflows } from '../../testing/workflow-bundles.ts';
import { SIGNALS, STATUS_QUERY, letterWorkflowId } from '../../../workflows/letter.contract.ts';
import { createDataConverter } from './data-converter.ts';
import { readLetterHistory } from './letter-history.ts';
import { createLetterKeyCache } from './letter-key-cache.ts';
import { DeskPayloadCodec } from './payload-codec.ts';

const REASON = 'the passport of Sara Ahmadi is missing';
const FAULT = 'no route to 09121112233';
const BY = 'typed-by-maryam';
/** No key serves for so long without being asked for again. */
const FORGOTTEN_MS = 3_600_000;

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker;
let connection: Connection;
let faults = 0;
/** How many activities lose the database before they fail. */
let losses = 0;
let isAway = false;
let askedInVain = 0;
let now = 0;

const keys = new Map<string, Buffer>();
const erased = new Set<string>();
/** Stands in for the table of keys: a letter's own from its first payload on. */
const letterKeys = createLetterKeyCache(
  {
    async find(letterId) {
      if (isAway) {
        askedInVain += 1;
        throw new Error('the database is away');
      }
      if (erased.has(letterId)) return undefined;
      const key = keys.get(letterId) ?? randomBytes(32);
      keys.set(letterId, key);
      return key;
    },
  },
  () => now,
);
const codec = new DeskPayloadCodec({ letterKeys, deskKeys: [randomBytes(32)] });

const erase = (letterId: string): void => {
  erased.add(letterId);
  now += 60_000;
};

const startWorker = (): Promise<LetterWorker> =>
  desk.startWorker({
    codePath,
    // Every task is replayed from the first event.
    options: { maxCachedWorkflows: 0 },
    wrap: (activities) => ({
      ...activities,
      recordDecision(input) {
        if (losses > 0) {
          losses -= 1;
          isAway = true;
          now += FORGOTTEN_MS;
          throw new Error('the database is away');
        }
        if (faults > 0) {
          faults -= 1;
          throw ApplicationFailure.nonRetryable(FAULT, 'Refused', { by: BY });
        }
        return activities.recordDecision(input);
      },
    }),
  });

beforeAll(async () => {
  // As the worker's own: what it says of the faults of this test is searched at the end of the run.
  installRuntime(createTestLog('worker of the codec'));
  directory = await mkdtemp(path.join(os.tmpdir(), 'payload-codec-'));
  codePath = path.join(directory, 'workflows.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  connection = await Connection.connect({ address: temporalAddress() });
  desk = await openLetterDesk({
    address: temporalAddress(),
    databaseUrl: database.url,
    dataConverter: createDataConverter(codec),
  });
  worker = await startWorker();
}, 240_000);

afterEach(() => {
  faults = 0;
  losses = 0;
  isAway = false;
});

afterAll(async () => {
  await worker?.stop();
  await desk?.stop();
  await connection?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Everything that the server tells anybody of the letter, as it came over the wire. */
const toldByServer = async (letterId: string) => {
  const execution = { workflowId: letterWorkflowId(letterId) };
  const service = connection.workflowService;
  const { history } = await service.getWorkflowExecutionHistory({
    namespace: 'default',
    execution,
  });
  const described = await service.describeWorkflowExecution({ namespace: 'default', execution });
  const queries = [STATUS_QUERY, '__temporal_workflow_metadata', '__stack_trace'];
  const answers = [];
  for (const queryType of queries)
    answers.push(
      await service.queryWorkflow({ namespace: 'default', execution, query: { queryType } }),
    );
  return { history, described, answers };
};

interface Found {
  encoding: string;
  text: string;
  at: string;
}

/** Every payload in a message, and all other texts in it. */
const walk = (value: unknown, at = '', payloads: Found[] = [], texts: string[] = []) => {
  if (typeof value === 'string') texts.push(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value))
    return { payloads, texts };
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: Uint8Array };
  if (metadata?.encoding)
    payloads.push({
      at,
      encoding: Buffer.from(metadata.encoding).toString(),
      text: Buffer.from(data ?? []).toString(),
    });
  else
    for (const [name, part] of Object.entries(value)) walk(part, `${at}.${name}`, payloads, texts);
  return { payloads, texts };
};

const troubledLetter = async (): Promise<string> => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  faults = 1;
  // Our own client encrypts; how a signal in the clear is heard is another test.
  await desk.handleOf(letterId).signal(SIGNALS.reject, { by: BY, reason: REASON });
  await desk.letterWhen(letterId, ({ needsAttention }) => needsAttention !== null);
  // The record knows of a step before the history does.
  await until(async () => {
    const { events } = await desk.handleOf(letterId).fetchHistory();
    return events?.some((event) => event.markerRecordedEventAttributes);
  });
  return letterId;
};

/** What the engine and the SDK need in the clear: state, name of the unit, times and names of steps. */
const isOfEngine = ({ at }: Found): boolean =>
  at.includes('earchAttributes.indexedFields') ||
  at.includes('markerRecordedEventAttributes.details.data');

test('the server holds no payload, failure or detail of a letter that can be read', async () => {
  const letterId = await troubledLetter();
  const { needsAttention } = (await desk.engine.status(letterId, 30_000)) ?? {};
  expect(needsAttention).toBe('recordDecision');

  const { answers, ...told } = await toldByServer(letterId);
  const [status, ...details] = answers;
  const { payloads, texts } = walk({ ...told, details });
  const inClear = payloads.filter(({ encoding }) => encoding !== 'binary/encrypted');
  expect(inClear.filter((payload) => !isOfEngine(payload))).toEqual([]);
  expect(payloads.length - inClear.length).toBeGreaterThan(8);
  const everything = [...texts, ...payloads.map(({ text }) => text)].join('\n');
  const personal = [REASON, 'Sara', FAULT, '09121112233', BY];
  for (const known of [...personal, 'needs attention', 'trackingCode'])
    expect(everything).not.toContain(known);
  const [answer] = walk(status).payloads;
  expect(JSON.parse(answer?.text ?? '')).toMatchObject({ status: 'pending', trackingCode: null });
  for (const known of personal) expect(answer?.text).not.toContain(known);
  expect(texts).toContain('Encoded failure');

  await desk.handleOf(letterId).signal(SIGNALS.retry);
  await desk.handleOf(letterId).signal(SIGNALS.reject, { by: BY, reason: REASON });
  const letter = await desk.letterWhen(letterId, ({ status }) => status === 'rejected');
  expect(letter.rejectionReason).toBe(REASON);
});

test('a history for evidence is opened with the keys, and says what happened', async () => {
  const letterId = await troubledLetter();
  const settings = { connection: { address: temporalAddress() }, namespace: 'default', letterId };
  const opened = await readLetterHistory({ ...settings, timeoutMs: 5_000, codec });
  const { payloads } = walk(fromJson(opened));
  expect(payloads.filter(({ encoding }) => encoding === 'binary/encrypted')).toEqual([]);
  const said = payloads.map(({ text }) => text).join('\n');
  expect(said).toContain(REASON);
  expect(said).toContain(FAULT);
  const closed = await readLetterHistory({ ...settings, timeoutMs: 5_000 });
  expect(walk(fromJson(closed)).payloads.some(({ text }) => text.includes(REASON))).toBe(false);
});

/** Bytes are base 64 in a history's JSON. */
const fromJson = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  const { metadata, data, ...rest } = value as {
    metadata?: Record<string, string>;
    data?: string;
  };
  if (!metadata?.encoding)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fromJson(part)]));
  return {
    ...rest,
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, part]) => [name, Buffer.from(part, 'base64')]),
    ),
    data: Buffer.from(data ?? '', 'base64'),
  };
};

test('a signal in the clear is understood, from a client that knows no key', async () => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  const { client, close } = await connectTestClient();
  try {
    await client.workflow.getHandle(letterWorkflowId(letterId)).signal(SIGNALS.approve, {
      by: 'ali',
    });
    const letter = await desk.letterWhen(letterId, ({ status }) => status === 'approved');
    expect(letter.letterNumber).not.toBeNull();
  } finally {
    await close();
  }
});

test('a worker that loses the database with the keys says that it failed, and goes on', async () => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  askedInVain = 0;
  losses = 1;
  await desk.handleOf(letterId).signal(SIGNALS.reject, { by: BY, reason: REASON });
  await until(async () => askedInVain > 0);
  isAway = false;
  const letter = await desk.letterWhen(letterId, ({ status }) => status === 'rejected');
  expect(letter.rejectionReason).toBe(REASON);
});

test('a signal that is encrypted and damaged changes nothing, and the letter goes on', async () => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  const [sealed] = await codec.encode(
    [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"by":"eve"}') }],
    { type: 'workflow', namespace: 'default', workflowId: letterWorkflowId(letterId) },
  );
  const data = Buffer.from(sealed?.data ?? []);
  data[15] = (data[15] ?? 0) ^ 1;
  await connection.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: letterWorkflowId(letterId) },
    signalName: SIGNALS.approve,
    input: { payloads: [{ ...sealed, data }] },
  });
  await desk.handleOf(letterId).signal(SIGNALS.approve, { by: 'ali' });
  await desk.letterWhen(letterId, ({ status }) => status === 'approved');
  const { events = [] } = await desk.handleOf(letterId).fetchHistory();
  expect(events?.some((event) => event.workflowTaskFailedEventAttributes)).toBe(false);
});

test('once its key is erased, an ended letter says nothing, and the worker serves the others', async () => {
  const letterId = await desk.submit();
  await until(() => desk.engine.status(letterId, 3_000));
  await desk.handleOf(letterId).signal(SIGNALS.reject, { by: BY, reason: REASON });
  await desk.letterWhen(letterId, ({ status }) => status === 'rejected');
  await until(async () => (await desk.handleOf(letterId).describe()).status.name === 'COMPLETED');
  expect(await desk.engine.status(letterId, 30_000)).toMatchObject({ status: 'rejected' });

  erase(letterId);
  expect(await desk.engine.status(letterId, 5_000)).toBeUndefined();
  const opened = await readLetterHistory({
    connection: { address: temporalAddress() },
    namespace: 'default',
    letterId,
    timeoutMs: 5_000,
    codec,
  });
  const { payloads } = walk(fromJson(opened));
  const said = payloads.filter((payload) => !isOfEngine(payload)).map(({ text }) => text);
  expect(new Set(said)).toEqual(new Set(['{"unreadable":"the key of this letter was erased"}']));

  const other = await desk.submit();
  await until(() => desk.engine.status(other, 3_000));
  await desk.handleOf(other).signal(SIGNALS.approve, { by: 'ali' });
  await desk.letterWhen(other, ({ status }) => status === 'approved');
});
