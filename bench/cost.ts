/**
 * What one letter costs: processor time of every process for each part of its life, beside a bare
 * workflow of the same shape on the same server; SQL statements and history events.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { cpuMs, untilQuiet } from './cpu.ts';
import { findUnitId, signInApplicant, signInStaff, submitLetter } from './desk-visitor.ts';
import { createHttpClient, multipart, urlEncoded } from './http-client.ts';
import type { Form, HttpClient } from './http-client.ts';
import { align } from './report.ts';
import { makePdf } from './sample-pdf.ts';
import type { ProcessName, Stage } from './stage.ts';

const LANES = 16;
const FILE_BYTES = 300_000;
const COUNTED_LETTERS = 10;
const WITHIN_MS = 120_000;
const PARTS = ['submit', 'approve', 'reply', 'close'] as const;
const PROCESSES = ['web', 'worker', 'temporal', 'postgres'] as const;

type Part = (typeof PARTS)[number];

export interface CostResults {
  letters: number;
  /** Milliseconds of processor time for each letter, late work included. */
  desk: Record<Part, Record<string, number>>;
  floor: Record<string, number>;
  statements: Record<Part, number>;
  history: { events: number; tasks: number; activities: number };
}

export const measureCost = async (
  stage: Stage,
  options: { letters: number; list: boolean; say: (line: string) => void },
): Promise<CostResults> => {
  const { letters, say } = options;
  const http = createHttpClient(stage.deskOrigin, LANES);
  try {
    const desk = await prepare(stage, http);
    say('warming up');
    await live(stage, desk, LANES * 2, async (_part, act) => act());
    say(`the lives of ${letters} letters`);
    const cpu = {} as CostResults['desk'];
    const ids = await live(stage, desk, letters, async (part, act) => {
      cpu[part] = await withCpu(stage, [...PROCESSES], letters, act);
    });
    say('the bare workflow');
    await floorLives(stage, LANES * 2);
    const floor = await withCpu(stage, ['floor-worker', 'temporal'], letters, () =>
      floorLives(stage, letters),
    );
    say('counting statements');
    const statements = await countStatements(stage, desk, options);
    stage.ensureNoneDied();
    return { letters, desk: cpu, floor, statements, history: await historyOf(stage, ids) };
  } finally {
    http.close();
  }
};

interface Desk {
  http: HttpClient;
  applicants: string[];
  staff: string[];
  unitId: string;
  pdf: Buffer;
}

const prepare = async (stage: Stage, http: HttpClient): Promise<Desk> => {
  const account = stage.sampleAccounts.find(({ role }) => role === 'admin');
  if (!account) throw new Error('the sample organisation has no administrator');
  const applicants: string[] = [];
  const staff: string[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    applicants.push(await signInApplicant(http, `0912${4_000_000 + lane}`));
    staff.push(await signInStaff(http, account));
  }
  const unitId = await findUnitId(http, applicants[0] ?? '');
  return { http, applicants, staff, unitId, pdf: makePdf(FILE_BYTES) };
};

/** Letters from submission to closing, part by part; each part ends when its effects are there. */
const live = async (
  stage: Stage,
  desk: Desk,
  letters: number,
  around: (part: Part, act: () => Promise<void>) => Promise<void>,
): Promise<string[]> => {
  const ids: string[] = [];
  const post = (address: string, form: () => Form) => () =>
    inLanes(ids, async (id, lane) => {
      const answer = await desk.http.post(
        `/staff/letters/${id}/${address}`,
        form(),
        desk.staff[lane],
      );
      if (answer.status !== 303) throw new Error(`${address}: the desk answered ${answer.status}`);
    });
  const file = { name: 'letter.pdf', type: 'application/pdf', bytes: desk.pdf };
  await around('submit', async () => {
    await inLanes([...Array(letters).keys()], async (_, lane) => {
      const cookie = desk.applicants[lane] ?? '';
      ids.push(await submitLetter(desk.http, { cookie, unitId: desk.unitId, file }));
    });
    await outboxEmpty(stage);
  });
  const acts: [Part, () => Promise<void>, number][] = [
    ['approve', post('approval', () => urlEncoded({ unit: '' })), 1],
    ['reply', post('replies', () => multipart(replyFields(), NO_FILE)), 2],
    ['close', post('closing', () => urlEncoded({ actionKey: randomUUID(), confirmed: '1' })), 2],
  ];
  for (const [part, act, messages] of acts)
    await around(part, async () => {
      await act();
      await outboxEmpty(stage);
      await until('every message is sent', () => areSent(stage, ids, messages));
    });
  return ids;
};

const NO_FILE = {
  field: 'replyFile',
  name: '',
  type: 'application/octet-stream',
  bytes: Buffer.alloc(0),
};
const replyFields = () => ({ actionKey: randomUUID(), replyText: 'پاسخ نامه' });

const inLanes = async <Item>(
  items: Item[],
  act: (item: Item, lane: number) => Promise<void>,
): Promise<void> => {
  const waiting = items[Symbol.iterator]();
  const run = async (lane: number): Promise<void> => {
    for (const item of waiting) await act(item, lane);
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => run(lane)));
};

const outboxEmpty = ({ sql }: Stage): Promise<void> =>
  until('the outbox is empty', async () => {
    const [row] = await sql`select count(*)::int as open from outbox where done_at is null`;
    return row?.open === 0;
  });

const areSent = async ({ sql }: Stage, ids: string[], each: number): Promise<boolean> => {
  const [row] = await sql<{ sent: number }[]>`
    select count(*)::int as sent from messages
    where letter_id = any(${ids}::uuid[]) and state = 'sent'`;
  return (row?.sent ?? 0) >= ids.length * each;
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const end = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${WITHIN_MS / 1000} s: ${what}`);
    await delay(200);
  }
};

/** The processes are at rest before and after, so that what they do late is in their sums. */
const withCpu = async (
  stage: Stage,
  names: ProcessName[],
  letters: number,
  act: () => Promise<void>,
): Promise<Record<string, number>> => {
  const busy = names.filter((name) => name !== 'postgres').map((name) => stage.pid(name));
  await untilQuiet(busy);
  const before = names.map((name) => cpuMs(stage.pid(name)) ?? Number.NaN);
  await act();
  await untilQuiet(busy);
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      ((cpuMs(stage.pid(name)) ?? Number.NaN) - (before[index] ?? Number.NaN)) / letters,
    ]),
  );
};

/** Start, approve, reply and close: three signals, two local activities for each of the first two. */
const floorLives = (stage: Stage, letters: number): Promise<void> =>
  inLanes([...Array(letters).keys()], async () => {
    const workflowId = `floor-${randomUUID()}`;
    const handle = await stage.temporal.workflow.start('floorLifeWorkflow', {
      workflowId,
      taskQueue: 'floor',
    });
    for (const signal of ['approve', 'reply', 'close']) await handle.signal(signal);
    await handle.result();
  });

/** By the server's log of one small run; what the processes ask by themselves meanwhile is in it. */
const countStatements = async (
  stage: Stage,
  desk: Desk,
  { list, say }: { list: boolean; say: (line: string) => void },
): Promise<CostResults['statements']> => {
  const { dataDir } = stage;
  const { host, port, pass, database } = stage.sql.options;
  const server = postgres({
    host: host[0] ?? '',
    port: port[0] ?? 0,
    password: pass ?? '',
    database,
    username: 'postgres',
    max: 1,
  });
  const logging = async (what: 'all' | 'none'): Promise<void> => {
    await server.unsafe(`alter system set log_statement = '${what}'`);
    await server.unsafe("alter system set log_line_prefix = '%a: '");
    await server`select pg_reload_conf()`;
    await delay(500);
  };
  await logging('all');
  const counts = {} as CostResults['statements'];
  await live(stage, desk, COUNTED_LETTERS, async (part, act) => {
    const before = statementsIn(dataDir).length;
    await act();
    counts[part] = Math.round((statementsIn(dataDir).length - before) / COUNTED_LETTERS);
  });
  if (list)
    await live(stage, desk, 1, async (part, act) => {
      const before = statementsIn(dataDir).length;
      await act();
      say([part, ...statementsIn(dataDir).slice(before)].join('\n'));
    });
  await logging('none');
  await server.end({ timeout: 2 });
  return counts;
};

/** One a line, after the name of the process that asked. */
const statementsIn = (dataDir: string): string[] => {
  const logs = path.join(dataDir, 'logs');
  const name = readdirSync(logs).find((file) => file.startsWith('postgres'));
  const text = readFileSync(path.join(logs, name ?? 'postgres.log'), 'utf8');
  return [...text.matchAll(/^(.*)LOG: {2}(?:statement|execute [^:]*): (.*(?:\n\t.*)*)/gm)].map(
    ([, asker = '', statement = '']) => `${asker}${statement.replace(/\s+/g, ' ')}`,
  );
};

const historyOf = async (stage: Stage, ids: string[]): Promise<CostResults['history']> => {
  const handle = stage.temporal.workflow.getHandle(`letter-${ids[0]}`);
  const events = (await handle.fetchHistory()).events ?? [];
  return {
    events: events.length,
    tasks: events.filter((event) => event.workflowTaskCompletedEventAttributes).length,
    activities: events.filter((event) => event.activityTaskScheduledEventAttributes).length,
  };
};

const sum = (figures: Record<string, number>): number =>
  Object.values(figures).reduce((total, figure) => total + figure, 0);

export const costText = ({ letters, desk, floor, statements, history }: CostResults): string => {
  const whole = sum(Object.fromEntries(PARTS.map((part) => [part, sum(desk[part])])));
  const row = (part: Part): string[] => [
    part,
    sum(desk[part]).toFixed(1),
    ...PROCESSES.map((name) => (desk[part][name] ?? Number.NaN).toFixed(1)),
    String(statements[part]),
  ];
  return [
    '',
    `Processor time per letter in ms, ${letters} letters, ${LANES} at once, a PDF of ${FILE_BYTES / 1000} kB`,
    ...align([['', 'all', ...PROCESSES, 'SQL'], ...PARTS.map(row)]),
    '',
    `whole life ${whole.toFixed(1)}; submit + approve ${(sum(desk.submit) + sum(desk.approve)).toFixed(1)}`,
    `bare workflow with local activities ${sum(floor).toFixed(1)}: ratio ${(whole / sum(floor)).toFixed(2)}`,
    `history: ${history.events} events, ${history.tasks} workflow tasks, ${history.activities} regular activities`,
    '',
  ].join('\n');
};
