/** A desk as `npm start` runs it, with an SMS gateway and a client beside it, to be put on trial. */
import { execFile } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { OperatorError } from '../src/platform/base/errors.ts';
import { type RunningDesk, startDesk } from '../src/testing/running-desk.ts';
import {
  type SmsGatewayMode,
  type StubSmsGateway,
  startSmsGateway,
} from '../src/testing/sms-gateway.ts';
import { endOwnDesks, endServersIn, pidOf, type Role } from './desk-processes.ts';
import { createFaultLog, type FaultLog } from './fault-log.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { CAPTCHA_CODE, createVisitor, type Visitor } from './visitor.ts';

export interface Account {
  username: string;
  password: string;
}

export interface Stage {
  /** Holds the desk's data, the ledger and what else a run leaves. */
  folder: string;
  dataDir: string;
  filesDir: string;
  url: string;
  desk: RunningDesk;
  supervisor: number;
  gateway: StubSmsGateway;
  ledger: Ledger;
  faults: FaultLog;
  visitor: Visitor;
  /** As the owner of the server, beside the desk and not through it. */
  sql: postgres.Sql;
  temporal: Client;
  signal: AbortSignal;
  account(role: 'reviewer' | 'unit' | 'admin'): Account;
  /** Also writes the time into the fault log, so that a double delivery can be judged. */
  setGateway(mode: SmsGatewayMode): void;
  /** `npm run desk -- …` on this desk. */
  command(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  isReady(role: Role): Promise<boolean>;
  /** @throws when it takes longer */
  untilReady(roles: readonly Role[], withinMs?: number): Promise<void>;
  /** Ends every process; the folder stays when `keep`. */
  close(options?: { keep?: boolean }): Promise<void>;
}

const RECEIPTS_SECRET = 'gateway-secret-of-the-fault-run-00';
const PORTS_FROM = 28_000;
const PORTS = 900;
const READY_WITHIN_MS = 120_000;

const run = promisify(execFile);

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => undefined).setTimeout(1000, () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });

const freePorts = async (): Promise<number> => {
  for (;;) {
    const first = PORTS_FROM + Math.floor(Math.random() * (PORTS / 10)) * 10;
    const taken = await Promise.all([0, 1, 2, 3].map((offset) => isTaken(first + offset)));
    if (!taken.some(Boolean)) return first;
  }
};

export interface StageOptions {
  signal: AbortSignal;
  /** Root of the source to run, when it is not this one. */
  tree?: string;
  env?: Record<string, string>;
  /** Called with the folder before the desk is started in it; settings that it is to have. */
  prepare?: (folder: string) => Promise<Record<string, string>>;
  /** Called with the folder when nothing runs in it any more. */
  cleanUp?: (folder: string) => Promise<void>;
}

const OWN_TREE = fileURLToPath(new URL('..', import.meta.url));

export const DAY_SECONDS = 15;

/** Timers of days fire within the run, and not before people have acted while processes die. */
const SHORT_DAYS = {
  OBJECTION_DAYS: '1',
  TEST_WORKING_DAY_SECONDS: String(DAY_SECONDS),
  ANSWER_WORKING_DAYS: '2',
  REMIND_BEFORE_DAYS: '1',
  ESCALATE_AFTER_DAYS: '1',
};

export const openStage = async ({
  signal: asked,
  tree = OWN_TREE,
  env = {},
  prepare,
  cleanUp,
}: StageOptions): Promise<Stage> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-chaos-'));
  const closers: (() => unknown)[] = [];
  const ended = new AbortController();
  // Everything that waits for the desk ends with it.
  const signal = AbortSignal.any([asked, ended.signal]);
  setMaxListeners(0, signal);
  const closeAll = async ({ keep = false } = {}): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
    if (!keep) await rm(folder, { recursive: true, force: true });
  };
  try {
    const dataDir = path.join(folder, 'data');
    await mkdir(dataDir, { mode: 0o755 });
    const filesDir = path.join(folder, 'files');
    closers.push(() => cleanUp?.(folder));
    const prepared = (await prepare?.(folder)) ?? {};
    const gateway = await startSmsGateway();
    closers.push(() => gateway.stop());
    const ledger = openLedger(path.join(folder, 'ledger.jsonl'));
    closers.push(() => ledger.close());
    // Before anything is started: a start that is cut off leaves nothing running.
    closers.push(() => endServersIn(folder), endOwnDesks);
    signal.throwIfAborted();
    const desk = await Promise.race([
      startDesk({
        tree,
        dataDir,
        port: await freePorts(),
        env: {
          FILES_URL: `file:${filesDir}`,
          SMS_URL: gateway.url,
          LIMITS: 'smsTimeoutMs=5000 sessionIdleMinutes=600',
          SMS_RECEIPTS_SECRET: RECEIPTS_SECRET,
          CAPTCHA_TEST_CODE: CAPTCHA_CODE,
          ...SHORT_DAYS,
          // A closed letter's process comes to its end, and no answered letter closes meanwhile.
          REOPEN_DAYS: '0',
          CLOSE_DAYS: '0',
          ...env,
          ...prepared,
        },
      }),
      whenAborted(signal),
    ]);
    const supervisor = desk.process.pid ?? 0;
    desk.process.once('exit', () => {
      const last = desk.output().trim().split('\n').slice(-12).join('\n  ');
      ended.abort(new OperatorError(`the desk has ended; its last words:\n  ${last}`));
    });

    const command: Stage['command'] = async (...words) => {
      const script = path.join(tree, 'src/cli/desk.ts');
      try {
        const args = ['--import', 'tsx', script, ...words];
        const { stdout, stderr } = await run(process.execPath, args, { env: desk.env, cwd: tree });
        return { code: 0, stdout, stderr };
      } catch (error) {
        const failed = error as { code?: number; stdout?: string; stderr?: string };
        const { code = 1, stdout = '', stderr = String(error) } = failed;
        return { code, stdout, stderr };
      }
    };

    const said = await command('doctor', '--json', '--secrets');
    const { database, temporal: engine } = JSON.parse(said.stdout) as {
      database: { url: string };
      temporal: { address: string; namespace: string };
    };
    const owner = new URL(database.url);
    owner.username = 'postgres';
    const sql = postgres(owner.href, {
      max: 4,
      connect_timeout: 3,
      onnotice: () => undefined,
      connection: { application_name: 'chaos' },
    });
    closers.push(() => sql.end({ timeout: 2 }));
    await watchDeliveries(sql);
    gateway.receipts.sendTo({ url: `${desk.url}/sms/receipts`, secret: RECEIPTS_SECRET });
    const connection = Connection.lazy({
      address: engine.address,
      channelArgs: { 'grpc.max_reconnect_backoff_ms': 2000 },
    });
    closers.push(() => connection.close());
    const temporal = new Client({ connection, namespace: engine.namespace });
    const faults = createFaultLog();
    let endGatewayFault = (): void => undefined;

    const readyChecks: Record<Role, () => Promise<boolean>> = {
      web: async () => {
        const timeout = AbortSignal.timeout(2000);
        return (await fetch(`${desk.url}/health/live`, { signal: timeout })).ok;
      },
      worker: async () => {
        const pid = pidOf(supervisor, 'worker');
        const log = await readFile(path.join(dataDir, 'logs/worker.log'), 'utf8');
        return log
          .split('\n')
          .some((line) => line.includes(`"pid":${pid},`) && line.includes('"worker ready"'));
      },
      temporal: async () => {
        await temporal.withDeadline(Date.now() + 2000, () =>
          connection.workflowService.describeNamespace({ namespace: engine.namespace }),
        );
        return true;
      },
      postgres: async () => {
        await Promise.race([sql`select 1`, delay(2000).then(() => Promise.reject(new Error()))]);
        return true;
      },
    };

    const isReady = async (role: Role): Promise<boolean> =>
      pidOf(supervisor, role) !== undefined && (await readyChecks[role]().catch(() => false));

    return {
      folder,
      dataDir,
      filesDir,
      url: desk.url,
      desk,
      supervisor,
      gateway,
      ledger,
      faults,
      visitor: createVisitor({ origin: desk.url, signal }),
      sql,
      temporal,
      signal,
      account(role) {
        const account = desk.accounts.find((one) => one.role === role);
        if (!account) throw new Error(`the sample organisation has no ${role}`);
        return account;
      },
      setGateway(mode) {
        endGatewayFault();
        gateway.setMode(mode);
        endGatewayFault =
          mode === 'ok' ? () => undefined : faults.begin(`gateway ${JSON.stringify(mode)}`);
      },
      command,
      isReady,
      async untilReady(roles, withinMs = READY_WITHIN_MS) {
        const end = Date.now() + withinMs;
        for (const role of roles)
          while (!(await isReady(role))) {
            if (Date.now() > end) throw new Error(`${role} was not ready again in time`);
            await delay(200, undefined, { signal });
          }
      },
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
};

/** The database writes down each move of a message's delivery, whoever makes it. */
const watchDeliveries = async (sql: postgres.Sql): Promise<void> => {
  await sql
    .unsafe(
      `create schema chaos;
      create table chaos.deliveries (
        id bigint generated always as identity primary key,
        message_id uuid not null, before text, after text);
      create function chaos.watch_delivery() returns trigger
        language plpgsql security definer as $$
      begin
        insert into chaos.deliveries (message_id, before, after)
        values (new.id, old.delivery, new.delivery);
        return null;
      end $$;
      create trigger chaos_watch after update on messages for each row
        when (old.delivery is distinct from new.delivery) execute function chaos.watch_delivery();`,
    )
    .simple();
};

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
