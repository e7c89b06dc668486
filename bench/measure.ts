/**
 * The measurements. Each takes the same number of letters at the same concurrency, in a closed
 * loop; afterwards the processes come to rest, so that what they did late is in their sums.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMs, untilQuiet } from './cpu.ts';
import {
  approveLetter,
  findUnitId,
  signInApplicant,
  signInStaff,
  submitLetter,
} from './desk-visitor.ts';
import type { Measurement } from './figures.ts';
import { createHttpClient, type HttpClient, multipart } from './http-client.ts';
import type { ProcessName, Stage } from './stage.ts';

export interface Bench {
  submitToDesk(letters: number): Promise<{ measured: Measurement; letterIds: string[] }>;
  submitToFloor(letters: number): Promise<Measurement>;
  approveAtDesk(letterIds: string[]): Promise<Measurement>;
  /** Starts the workflows, which then wait for their signal. */
  startFloorWorkflows(letters: number): Promise<string[]>;
  approveAtFloor(workflowIds: string[]): Promise<Measurement>;
  /** @throws when the record and what was answered differ */
  checkRecord(): Promise<void>;
  close(): void;
}

const OUTCOMES_WITHIN_MS = 60_000;

/** The figures' names of the processes. */
const DESK_PARTS = {
  web: 'web',
  worker: 'worker',
  temporal: 'temporal',
  postgres: 'postgres',
} as const;
const FLOOR_WEB_PARTS = { web: 'floor-web', postgres: 'postgres' } as const;
const FLOOR_WORKFLOW_PARTS = { worker: 'floor-worker', temporal: 'temporal' } as const;

/** Signs people in, one applicant and one reviewer's session for each lane. */
export const prepareBench = async (
  stage: Stage,
  { concurrency, pdf }: { concurrency: number; pdf: Buffer },
): Promise<Bench> => {
  const desk = createHttpClient(stage.deskOrigin, concurrency);
  const floor = createHttpClient(stage.floorOrigin, concurrency);
  const { applicants, reviewers } = await signIn(desk, stage, concurrency);
  const unitId = await findUnitId(desk, applicants[0] ?? '');
  const acknowledged = new Set<string>();
  const approved = new Set<string>();
  let floorLetters = 0;

  /** Calls `act` for each item, `concurrency` at a time; `lane` is a number below that. */
  const inLanes = async <Item>(
    items: Item[],
    act: (item: Item, lane: number) => Promise<void>,
  ): Promise<void> => {
    const waiting = items[Symbol.iterator]();
    const run = async (lane: number): Promise<void> => {
      for (const item of waiting) await act(item, lane);
    };
    await Promise.all(Array.from({ length: concurrency }, (_, lane) => run(lane)));
  };

  const withCpu = async (
    parts: Record<string, ProcessName>,
    letters: number,
    act: () => Promise<Omit<Measurement, 'letters' | 'cpuMs'>>,
  ): Promise<Measurement> => {
    const pids = Object.entries(parts).map(([part, name]) => [part, stage.pid(name)] as const);
    const busy = pids.filter(([part]) => part !== 'postgres').map(([, pid]) => pid);
    await untilQuiet(busy);
    const before = pids.map(([, pid]) => cpuMs(pid));
    const ownBefore = ownCpuMs();
    const timed = await act();
    await untilQuiet(busy);
    const cpu: Record<string, number> = {};
    for (const [index, [part, pid]] of pids.entries()) {
      const [from, to] = [before[index] ?? null, cpuMs(pid)];
      if (from !== null && to !== null) cpu[part] = (to - from) / letters;
    }
    if (cpu.worker !== undefined && cpu.temporal !== undefined)
      cpu['worker+temporal'] = cpu.worker + cpu.temporal;
    cpu.bench = (ownCpuMs() - ownBefore) / letters;
    return { letters, ...timed, cpuMs: cpu };
  };

  const timed = async <Item>(
    items: Item[],
    act: (item: Item, lane: number) => Promise<void>,
  ): Promise<{ seconds: number; latenciesMs: number[] }> => {
    const latenciesMs: number[] = [];
    const begin = performance.now();
    await inLanes(items, async (item, lane) => {
      const asked = performance.now();
      await act(item, lane);
      latenciesMs.push(performance.now() - asked);
    });
    return { seconds: (performance.now() - begin) / 1000, latenciesMs };
  };

  const outboxEmpty = async (): Promise<void> =>
    until('the outbox is empty', async () => {
      const [row] = await stage.sql`select count(*)::int as open from outbox where done_at is null`;
      return row?.open === 0;
    });

  return {
    async submitToDesk(letters) {
      const letterIds: string[] = [];
      const measured = await withCpu(DESK_PARTS, letters, async () => {
        const result = await timed(range(letters), async (_, lane) => {
          const file = { name: 'letter.pdf', type: 'application/pdf', bytes: pdf };
          const cookie = applicants[lane] ?? '';
          letterIds.push(await submitLetter(desk, { cookie, unitId, file }));
        });
        await outboxEmpty();
        return result;
      });
      for (const id of letterIds) acknowledged.add(id);
      return { measured, letterIds };
    },

    async submitToFloor(letters) {
      floorLetters += letters;
      return withCpu(FLOOR_WEB_PARTS, letters, () =>
        timed(range(letters), async () => {
          const fields = { senderName: 'شرکت نمونه', subject: 'درخواست پروانهٔ ساخت' };
          const file = { field: 'file', name: 'letter.pdf', type: 'application/pdf', bytes: pdf };
          const { status } = await floor.post('/letters/new', multipart(fields, file));
          if (status !== 303) throw new Error(`the floor answered ${status}`);
        }),
      );
    },

    async approveAtDesk(letterIds) {
      for (const id of letterIds) approved.add(id);
      return withCpu(DESK_PARTS, letterIds.length, async () => {
        const clicked = new Map<string, number>();
        const begin = Date.now();
        await inLanes(letterIds, async (letterId, lane) => {
          clicked.set(letterId, Date.now());
          await approveLetter(desk, { cookie: reviewers[lane] ?? '', letterId });
        });
        const sentAt = await waitForOutcomes(stage, letterIds);
        const ends = [...sentAt.values()];
        await outboxEmpty();
        return {
          seconds: (Math.max(...ends) - begin) / 1000,
          latenciesMs: letterIds.map((id) => (sentAt.get(id) ?? 0) - (clicked.get(id) ?? 0)),
        };
      });
    },

    async startFloorWorkflows(letters) {
      const ids = range(letters).map(() => `floor-${randomUUID()}`);
      await inLanes(ids, async (workflowId) => {
        await stage.temporal.workflow.start('floorWorkflow', { workflowId, taskQueue: 'floor' });
      });
      await untilQuiet([stage.pid('floor-worker'), stage.pid('temporal')]);
      return ids;
    },

    approveAtFloor: (workflowIds) =>
      withCpu(FLOOR_WORKFLOW_PARTS, workflowIds.length, () =>
        timed(workflowIds, async (workflowId) => {
          const handle = stage.temporal.workflow.getHandle(workflowId);
          await handle.signal('approve');
          await handle.result();
        }),
      ),

    async checkRecord() {
      stage.ensureNoneDied();
      const [row] = await stage.sql`
        select (select count(*)::int from letters) as letters,
               (select count(*)::int from files) as files,
               (select count(*)::int from letters where status = 'approved') as approved,
               (select count(*)::int from register_entries) as entries,
               (select coalesce(max(serial), 0) from register_entries) as last_serial,
               (select count(*)::int from messages
                where letter_id is not null and state = 'sent') as sent,
               (select count(*)::int from floor_letters) as floor_letters`;
      const found = JSON.stringify({ ...row });
      const wanted = JSON.stringify({
        letters: acknowledged.size,
        files: acknowledged.size,
        approved: approved.size,
        entries: approved.size,
        last_serial: approved.size,
        sent: approved.size,
        floor_letters: floorLetters,
      });
      if (found !== wanted) throw new Error(`the record holds ${found}, answered was ${wanted}`);
    },

    close() {
      desk.close();
      floor.close();
    },
  };
};

const signIn = async (
  desk: HttpClient,
  stage: Stage,
  concurrency: number,
): Promise<{ applicants: string[]; reviewers: string[] }> => {
  const account = stage.sampleAccounts.find(({ role }) => role === 'reviewer');
  if (account === undefined) throw new Error('the sample organisation has no reviewer');
  const applicants: string[] = [];
  const reviewers: string[] = [];
  for (const lane of range(concurrency)) {
    const mobile = `0912${String(3_000_000 + lane)}`;
    applicants.push(await signInApplicant(desk, mobile));
    reviewers.push(await signInStaff(desk, account));
  }
  return { applicants, reviewers };
};

/** When the SMS of each approval was recorded as sent, in milliseconds since the epoch. */
const waitForOutcomes = async (
  { sql }: Stage,
  letterIds: string[],
): Promise<Map<string, number>> => {
  const sentAt = new Map<string, number>();
  await until('every approved letter is registered and told', async () => {
    const rows = await sql<{ id: string; sent_at: Date }[]>`
      select letters.id, messages.sent_at from letters
      join messages on messages.letter_id = letters.id and messages.state = 'sent'
      where letters.id in ${sql(letterIds)} and letters.status = 'approved'`;
    for (const { id, sent_at } of rows) sentAt.set(id, sent_at.getTime());
    return sentAt.size === letterIds.length;
  });
  return sentAt;
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const end = Date.now() + OUTCOMES_WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${OUTCOMES_WITHIN_MS / 1000} s: ${what}`);
    await delay(50);
  }
};

const ownCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
