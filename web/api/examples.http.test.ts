/** The examples of docs/api.md, as somebody would type them, against the desk behind a listener. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiSite } from '../../src/testing/api-site.ts';
import { addTestUnit } from '../../src/testing/letters.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';

const CURL = new URL('../../src/testing/curl.mjs', import.meta.url).pathname;
const run = promisify(execFile);

let home: RealHome;
let site: RealSite;
let dir: string;

beforeAll(async () => {
  home = await makeRealHome();
  const env = { PORT: String(await freePorts()), RATE_LIMITS: 'off' };
  site = await startRealSite(home, { env, listen: true });
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-examples-'));
  const curl = path.join(dir, 'curl');
  await writeFile(curl, `#!/bin/sh\nexec "${process.execPath}" "${CURL}" "$@"\n`);
  await chmod(curl, 0o755);
});
afterAll(async () => {
  await site.stop();
  await home.remove();
  await rm(dir, { recursive: true, force: true });
});

test('every example of the API page does what it says', async () => {
  const there = createApiSite(site);
  const unit = await addTestUnit(site.db);
  const registered = await there.addLetter(unit);
  await there.takeDecision(registered);
  const env = {
    PATH: `${dir}:${process.env.PATH ?? ''}`,
    DESK: site.config.PUBLIC_ORIGIN,
    KEY: (await there.addKey('decide')).key,
    LETTER: await there.addLetter(unit),
    REGISTERED: registered,
    UNIT: unit,
    FILE: path.join(dir, 'letter.pdf'),
  };
  const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, example = '']) => example);
  expect(examples).toHaveLength(5);
  const answers: string[] = [];
  for (const example of examples)
    answers.push((await run('sh', ['-e', '-c', example], { env })).stdout);
  const [list, letter, submitted, approval, reply] = answers;
  expect(JSON.parse(list ?? '')).toMatchObject({ letters: [{ id: env.LETTER }], next: null });
  expect(letter).toContain(`"id":"${env.LETTER}"`);
  expect((await readFile(env.FILE)).subarray(0, 5).toString()).toBe('%PDF-');
  expect(submitted).toContain('"href":"/api/v1/letters/');
  expect(JSON.parse(approval ?? '')).toEqual({ outcome: 'recorded', letter: null });
  expect(JSON.parse(reply ?? '')).toEqual({ outcome: 'recorded', letter: null });
});
