import { rm, mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OperatorError } from '../base/errors.ts';
import { clamdProgram, eicar, startFakeClamd, startRealClamd } from '../../testing/clamd.ts';
import type { FakeClamd } from '../../testing/clamd.ts';
import { sampleFile } from '../../testing/sample-files.ts';
import { createClamdScanner } from './clamd.ts';
import type { Scanner } from './clamd.ts';

/** Not to be reached by what answers, on a busy machine either. */
const QUICK = { withinMs: 50_000 };
const program = clamdProgram();
if (program === undefined)
  process.stderr.write('clamd is not installed: the virus scan is tried with a stand-in only\n');

const SCANNERS: { name: string; start: () => Promise<{ url: string; stop(): Promise<void> }> }[] = [
  { name: 'a stand-in', start: startFakeClamd },
  ...(program === undefined
    ? []
    : [{ name: 'the real clamd', start: () => startRealClamd(program) }]),
];

describe.each(SCANNERS)('$name', ({ start }) => {
  let clamd: { url: string; stop(): Promise<void> };
  let scanner: Scanner;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'scan-'));
    clamd = await start();
    scanner = createClamdScanner(clamd.url);
  });
  afterAll(async () => {
    await clamd.stop();
    await rm(folder, { recursive: true });
  });

  test('an ordinary file is clean, from memory and from a path', async () => {
    const { bytes } = await sampleFile('pdf');
    const place = path.join(folder, 'letter.pdf');
    await writeFile(place, bytes);
    expect(await scanner.scan(bytes, QUICK)).toEqual({ verdict: 'clean' });
    expect(await scanner.scan(place, QUICK)).toEqual({ verdict: 'clean' });
  });

  test('a file of many chunks is read to its end', async () => {
    const clean = Buffer.alloc(500_000, 'a');
    expect(await scanner.scan(clean, QUICK)).toEqual({ verdict: 'clean' });
    const infected = Buffer.concat([clean, eicar()]);
    expect(await scanner.scan(infected, QUICK)).toMatchObject({ verdict: 'infected' });
  });

  test('the test virus is found, with the name that the scanner gives it', async () => {
    const result = await scanner.scan(eicar(), QUICK);
    expect(result).toEqual({ verdict: 'infected', signature: expect.stringMatching(/eicar/i) });
  });

  test('ten files at once get each their own answer', async () => {
    const files = Array.from({ length: 10 }, (_, i) => (i % 2 ? eicar() : Buffer.from('letter')));
    const results = await Promise.all(files.map((file) => scanner.scan(file, QUICK)));
    expect(results.map(({ verdict }) => verdict)).toEqual(
      files.map((_, i) => (i % 2 ? 'infected' : 'clean')),
    );
  });

  test('it says its name and version', async () => {
    expect(await scanner.version(5_000)).toMatch(/^ClamAV /);
  });

  test('a file that is not there was not scanned', async () => {
    const result = await scanner.scan(path.join(folder, 'none'), QUICK);
    expect(result).toMatchObject({ verdict: 'not_scanned' });
  });
});

describe.runIf(program !== undefined)('the real clamd', () => {
  test('beyond its size limit, and killed, it leaves a file unscanned', async () => {
    const clamd = await startRealClamd(program ?? '');
    const scanner = createClamdScanner(clamd.url);
    const beyond = await scanner.scan(Buffer.alloc(6_000_000, 'a'), QUICK);
    expect(beyond).toMatchObject({ verdict: 'not_scanned' });
    await clamd.stop();
    expect(await scanner.scan(eicar(), QUICK)).toMatchObject({ verdict: 'not_scanned' });
  });
});

describe('what is not scanned is never called clean', () => {
  let clamd: FakeClamd;
  let scanner: Scanner;
  beforeAll(async () => {
    clamd = await startFakeClamd();
    scanner = createClamdScanner(clamd.url);
  });
  beforeEach(() => clamd.setMode('ok'));
  afterAll(() => clamd.stop());

  test.each([
    'INSTREAM size limit exceeded. ERROR',
    'stream: OK ',
    'stream: ok',
    'OK',
    'stream: Can not allocate memory ERROR',
    'stream:  FOUND',
    'other: OK',
    '',
    'stream: OK\nstream: OK',
    '\u0001\u00ff\u0002',
  ])('the answer %j', async (answer) => {
    clamd.setMode({ answer });
    expect(await scanner.scan(Buffer.from('letter'), QUICK)).toMatchObject({
      verdict: 'not_scanned',
    });
  });

  test('an answer without an end', async () => {
    clamd.setMode({ answer: 'x'.repeat(10_000) });
    expect(await scanner.scan(Buffer.from('letter'), QUICK)).toEqual({
      verdict: 'not_scanned',
      why: 'the answer is too long',
    });
  });

  test('a scanner that hangs costs no more than its time', async () => {
    clamd.setMode('hang');
    const result = await scanner.scan(Buffer.alloc(5_000_000), { withinMs: 300 });
    expect(result).toEqual({ verdict: 'not_scanned', why: 'no answer within 300 ms' });
  });

  test('a scanner that cuts the connection within the file', async () => {
    clamd.setMode('cut');
    const result = await scanner.scan(Buffer.alloc(2_000_000), QUICK);
    expect(result).toMatchObject({ verdict: 'not_scanned' });
  });

  test('a scanner that refuses the size before it has read all', async () => {
    clamd.setMode('size-limit');
    const result = await scanner.scan(Buffer.alloc(8_000_000), QUICK);
    expect(result).toMatchObject({ verdict: 'not_scanned' });
  });

  test('a scanner that is away, and back', async () => {
    await clamd.stop();
    const away = await scanner.scan(eicar(), QUICK);
    expect(away).toEqual({ verdict: 'not_scanned', why: 'not reached (ECONNREFUSED)' });
    await expect(scanner.version(1_000)).rejects.toThrow('not reached');
    await clamd.start();
    expect(await scanner.scan(eicar(), QUICK)).toMatchObject({ verdict: 'infected' });
  });
});

test.each(['clamd', 'unix:clamd.sock', 'tcp://host', 'tcp://host:99999', 'http://host:3310'])(
  'the address %s is a mistake of the operator',
  (url) => {
    expect(() => createClamdScanner(url)).toThrow(OperatorError);
  },
);

test.each(['unix:/run/clamav/clamd.ctl', 'tcp://scanner:3310', 'tcp://[::1]:3310'])(
  'the address %s is understood',
  (url) => {
    expect(createClamdScanner(url)).toHaveProperty('scan');
  },
);
