/**
 * clamd for tests: a server of our own that speaks its protocol and goes wrong in every way we know
 * of, and the real one with one home-made signature where its program is installed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createClamdScanner } from '../platform/files/clamd.ts';
import { until } from './until.ts';

/** The test file of the antivirus makers, put together here so that no scanner stops at our source. */
export const eicar = (): Buffer =>
  Buffer.from(
    ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS', '-TEST-FILE!$H+H*'].join(''),
  );

export type ClamdMode =
  /** Finds the EICAR file, and nothing else. */
  | 'ok'
  /** Takes the connection and never answers. */
  | 'hang'
  /** Reads a little and cuts the connection. */
  | 'cut'
  /** Says that the file is larger than it takes, before it has read it all. */
  | 'size-limit'
  /** Reads all and answers this. */
  | { answer: string };

export interface FakeClamd {
  url: string;
  scans(): number;
  setMode(mode: ClamdMode): void;
  /** Nobody listens any more, until `start`. */
  stop(): Promise<void>;
  /** On the same port again. */
  start(): Promise<void>;
}

/** The file of an INSTREAM body once it is whole. */
const readStream = (body: Buffer): Buffer | undefined => {
  const chunks: Buffer[] = [];
  for (let at = 0; at + 4 <= body.length;) {
    const length = body.readUInt32BE(at);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
};

export const startFakeClamd = async (): Promise<FakeClamd> => {
  let mode: ClamdMode = 'ok';
  let scans = 0;
  let port = 0;
  let server: net.Server | undefined;
  const sockets = new Set<net.Socket>();

  const serve = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let heard = Buffer.alloc(0);
    let isCounted = false;
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      const end = heard.indexOf(0);
      if (end < 0 || mode === 'hang') return;
      const command = heard.subarray(0, end).toString();
      if (command === 'zVERSION') {
        socket.end('ClamAV 0.0.0/fake\0');
        return;
      }
      if (!isCounted) scans += 1;
      isCounted = true;
      if (mode === 'cut') {
        if (heard.length > end + 64) socket.resetAndDestroy();
        return;
      }
      if (mode === 'size-limit') {
        socket.end('INSTREAM size limit exceeded. ERROR\0');
        return;
      }
      const file = readStream(heard.subarray(end + 1));
      if (!file) return;
      const isInfected = file.includes(eicar());
      const found = isInfected ? 'stream: Eicar-Test-Signature FOUND' : 'stream: OK';
      socket.end(`${typeof mode === 'object' ? mode.answer : found}\0`);
    });
  };

  const fake: FakeClamd = {
    url: '',
    scans: () => scans,
    setMode(next) {
      mode = next;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      const closing = server;
      server = undefined;
      if (closing) await new Promise((resolve) => closing.close(resolve));
    },
    async start() {
      const starting = net.createServer(serve);
      server = starting;
      await new Promise<void>((resolve, reject) => {
        starting.once('error', reject);
        starting.listen(port, '127.0.0.1', resolve);
      });
      ({ port } = starting.address() as AddressInfo);
      fake.url = `tcp://127.0.0.1:${port}`;
    },
  };
  await fake.start();
  return fake;
};

const CLAMD_PLACES = [
  '/usr/sbin/clamd',
  '/usr/local/sbin/clamd',
  '/usr/bin/clamd',
  '/opt/homebrew/sbin/clamd',
];

export const clamdProgram = (): string | undefined =>
  CLAMD_PLACES.find((place) => existsSync(place));

export interface RealClamd {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** The real clamd in a folder of its own, with EICAR as its only signature. */
export const startRealClamd = async (program: string): Promise<RealClamd> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'clamd-'));
  // clamd leaves root for its own user where there is one.
  await chmod(dir, 0o777);
  const socket = path.join(dir, 'clamd.sock');
  await writeFile(
    path.join(dir, 'home-made.ndb'),
    `Eicar-Home-Made:0:*:${eicar().toString('hex')}\n`,
  );
  await writeFile(
    path.join(dir, 'clamd.conf'),
    [
      `LocalSocket ${socket}`,
      `DatabaseDirectory ${dir}`,
      'Foreground yes',
      'StreamMaxLength 4M',
      'AlertExceedsMax yes',
      `LogFile ${path.join(dir, 'clamd.log')}`,
    ].join('\n'),
  );
  const child = spawn(program, ['--config-file', path.join(dir, 'clamd.conf')], {
    stdio: 'ignore',
  });
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  const stop = async (): Promise<void> => {
    if (!ended) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    await rm(dir, { recursive: true, force: true });
  };
  const url = `unix:${socket}`;
  try {
    await until(async () => {
      if (ended)
        throw new Error(
          await readFile(path.join(dir, 'clamd.log'), 'utf8').catch(() => 'clamd ended'),
        );
      return createClamdScanner(url)
        .version(1_000)
        .catch(() => false as const);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: child.pid ?? 0, stop };
};
