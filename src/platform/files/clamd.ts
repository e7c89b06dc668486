/**
 * ClamAV's own protocol: `INSTREAM` over a unix socket or TCP. Only the exact answer `stream: OK`
 * is clean. clamd also answers OK for what it skipped as too large or too deeply packed, so the
 * desk checks files itself first.
 */
import { createReadStream } from 'node:fs';
import net from 'node:net';
import { OperatorError } from '../base/errors.ts';

export type ScanResult =
  | { verdict: 'clean' }
  | { verdict: 'infected'; signature: string }
  | { verdict: 'not_scanned'; why: string };

export interface Scanner {
  scan(file: string | Buffer, limits: { withinMs: number }): Promise<ScanResult>;
  version(withinMs: number): Promise<string>;
}

const CHUNK_BYTES = 64 * 1024;
const MAX_ANSWER_BYTES = 4 * 1024;

export const createClamdScanner = (url: string): Scanner => {
  const place = parsePlace(url);
  return {
    async scan(file, { withinMs }) {
      try {
        return readVerdict(await ask(place, withinMs, 'zINSTREAM\0', framed(file)));
      } catch (error) {
        return { verdict: 'not_scanned', why: error instanceof Error ? error.message : 'failed' };
      }
    },
    async version(withinMs) {
      const answer = await ask(place, withinMs, 'zVERSION\0');
      if (!answer.startsWith('ClamAV ')) throw new Error(`no ClamAV: ${answer.slice(0, 80)}`);
      return answer;
    },
  };
};

const parsePlace = (url: string): net.NetConnectOpts => {
  const [, path] = /^unix:(\/\S+)$/.exec(url) ?? [];
  if (path !== undefined) return { path };
  const [, host, port] = /^tcp:\/\/(\[[^\]\s]+\]|[^\s/:]+):(\d{1,5})$/.exec(url) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new OperatorError(`CLAMD_URL: must be unix:/path or tcp://host:port`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
};

const readVerdict = (answer: string): ScanResult => {
  if (answer === 'stream: OK') return { verdict: 'clean' };
  const [, signature] = /^stream: (\S.*) FOUND$/.exec(answer) ?? [];
  return signature === undefined
    ? { verdict: 'not_scanned', why: `the scanner answered: ${answer.slice(0, 200)}` }
    : { verdict: 'infected', signature };
};

// Chunks with their lengths before them; a length of zero ends the stream.
async function* framed(file: string | Buffer): AsyncGenerator<Buffer> {
  const chunks =
    typeof file === 'string'
      ? (createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>)
      : chunksOf(file);
  for await (const chunk of chunks) yield Buffer.concat([lengthOf(chunk), chunk]);
  yield lengthOf(Buffer.alloc(0));
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

const lengthOf = (chunk: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(chunk.length);
  return length;
};

// The answer, up to its NUL, may come before everything is sent.
const ask = (
  place: net.NetConnectOpts,
  withinMs: number,
  command: string,
  body: AsyncIterable<Buffer> | Iterable<Buffer> = [],
): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(place);
    let answer = Buffer.alloc(0);
    let settled = false;
    const settle = (end: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const fail = (why: string): void => settle(() => reject(new Error(why)));
    const timer = setTimeout(() => fail(`no answer within ${withinMs} ms`), withinMs);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(`not reached (${error.code ?? error.message})`),
    );
    socket.on('close', () => fail('the connection was cut'));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf(0);
      if (answer.length > MAX_ANSWER_BYTES) fail('the answer is too long');
      else if (end >= 0) settle(() => resolve(answer.subarray(0, end).toString('utf8')));
    });
    const send = async (): Promise<void> => {
      socket.write(command);
      for await (const chunk of body) {
        if (settled) return;
        if (!socket.write(chunk)) await drained(socket);
      }
    };
    send().catch((error: unknown) => fail(error instanceof Error ? error.message : 'failed'));
  });

const drained = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => {
    const goOn = (): void => {
      socket.off('drain', goOn).off('close', goOn);
      resolve();
    };
    if (socket.destroyed) return resolve();
    socket.on('drain', goOn).on('close', goOn);
  });
