/** The worker as a process, before a Temporal server that goes away at a chosen moment. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { freePorts } from '../testing/ports.ts';
import { temporalAddress } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';

/** More than the frames of HTTP/2 that carry neither a request nor an answer. */
const FRAME_BYTES = 48;

interface Doorway {
  open: () => Promise<void>;
  close: () => void;
}

/** Passes everything to the server; `onAsked` hears of each request after the first answer. */
const createDoorway = async (
  port: number,
  onAsked: (connection: number) => void,
): Promise<Doorway> => {
  const [host, serverPort] = temporalAddress().split(':');
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const pass = (inner: net.Socket): void => {
    const connection = (connections += 1);
    const outer = net.connect({ host, port: Number(serverPort) });
    let answered = false;
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        inner.destroy();
        outer.destroy();
      });
    }
    outer.on('data', (bytes) => {
      answered ||= bytes.length > FRAME_BYTES;
      inner.write(bytes);
    });
    inner.on('data', (bytes) => {
      if (answered && bytes.length > FRAME_BYTES) onAsked(connection);
      outer.write(bytes);
    });
  };
  let server: net.Server | undefined;
  const doorway = {
    async open() {
      server = net.createServer(pass).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close() {
      server?.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  await doorway.open();
  return doorway;
};

let dir: string;
let database: TestDatabase;
let worker: ChildProcess | undefined;
let doorway: Doorway | undefined;

beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-worker-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  if (worker?.exitCode === null && worker.kill('SIGKILL')) await once(worker, 'exit');
  doorway?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

test('an engine that goes away between the connection and the first poll is waited for', async () => {
  const port = await freePorts();
  let cuts = 0;
  // The first connection is that which prepares the namespace, the second is the worker's own.
  doorway = await createDoorway(port, (connection) => {
    if (connection !== 2) return;
    cuts += 1;
    doorway?.close();
  });
  worker = spawn(process.execPath, ['--import', 'tsx', 'src/main/worker.ts'], {
    env: {
      ...process.env,
      NODE_ENV: 'development',
      DATA_DIR: dir,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      PORT: String(port + 1),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [worker.stdout, worker.stderr])
    stream?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });

  await until(async () => cuts > 0 && (said.includes('engine away') || worker?.exitCode !== null));
  expect(worker.exitCode).toBeNull();
  await doorway.open();
  await until(async () => said.includes('worker ready') || worker?.exitCode !== null);
  expect(said).toContain('worker ready');
}, 240_000);
