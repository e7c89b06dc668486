/** Two web processes behind the proxy that docker-compose.yml brings. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCaddy } from '../testing/caddy.ts';
import { freePorts } from '../testing/ports.ts';
import { makeRealHome } from '../testing/real-site.ts';
import type { RealHome } from '../testing/real-site.ts';
import { until } from '../testing/until.ts';

let home: RealHome;
let first: number;
let proxy: Awaited<ReturnType<typeof startCaddy>> | undefined;
const processes = new Set<ChildProcess>();

beforeEach(async () => {
  home = await makeRealHome();
  first = await freePorts();
});
afterEach(async () => {
  await proxy?.stop();
  for (const child of processes) if (child.exitCode === null) child.kill('SIGKILL');
  processes.clear();
  await home.remove();
});

const origin = (): string => `http://localhost:${first}`;

const startWeb = async (port: number): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main/web.ts'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: home.databaseUrl,
      DATA_DIR: home.dir,
      FILES_URL: `file:${path.join(home.dir, 'files')}`,
      // Nothing listens there.
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      SECRET_KEY: 'a master secret of tests, long enough',
      PUBLIC_ORIGIN: origin(),
      PORT: String(port),
      DRAIN_SECONDS: '5',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  processes.add(child);
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`web ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/health/open`).catch(() => undefined);
    return answer?.status === 200;
  }, 90_000);
  return child;
};

/** What the people at the proxy are answered, until `stop` gives the count by status. */
const putUnderLoad = (): (() => Promise<Record<string, number>>) => {
  let going = true;
  const answers: Record<string, number> = {};
  const note = (answer: string | number): void => {
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  const ask = async (path: string, init?: RequestInit): Promise<void> => {
    while (going) {
      await fetch(`${origin()}${path}`, init).then(
        async (answer) => {
          await answer.arrayBuffer();
          note(answer.status);
        },
        (error: Error) => note(String(error.cause)),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const report = {
    method: 'POST',
    headers: { 'content-type': 'application/csp-report' },
    body: '{}',
  };
  const people = [ask('/'), ask('/help'), ask('/help'), ask('/csp-reports', report)];
  return async () => {
    going = false;
    await Promise.all(people);
    return answers;
  };
};

test(
  'web processes that are restarted one after the other behind the proxy fail no request',
  { timeout: 300_000 },
  async () => {
    const ports = [first + 1, first + 2];
    const running = await Promise.all(ports.map(startWeb));
    proxy = await startCaddy(home.dir, {
      site: origin(),
      env: { WEB_PROCESSES: [...ports, first + 3].map((port) => `127.0.0.1:${port}`).join(' ') },
    });
    const finish = putUnderLoad();
    for (const [index, port] of ports.entries()) {
      const old = running[index];
      old?.kill('SIGTERM');
      if (old) {
        // While it drains it says so, and goes on answering.
        await until(
          async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).status === 503,
        );
        const answer = await fetch(`http://127.0.0.1:${port}/health/live`);
        expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
        expect(await once(old, 'exit')).toEqual([0, null]);
      }
      await startWeb(port);
      // The proxy looks once a second whether it is there.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
    const answers = await finish();
    expect(Object.keys(answers).toSorted()).toEqual(['200', '204']);
    expect(answers['200']).toBeGreaterThan(50);
  },
);
