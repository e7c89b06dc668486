import { runInNewContext } from 'node:vm';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import type { Db } from '../../../platform/base/database.ts';
import { deriveKeys } from '../../../platform/sealing/secrets.ts';
import { testDeps } from '../../../testing/test-deps.ts';
import { solveProof } from '../../../testing/proof.ts';
import { checkProof, issueProof } from './proof.ts';

const deps = testDeps({} as Db);
const CHEAP = { cost: 10, maxDerivations: 20 };

afterEach(() => void vi.useRealTimers());

interface Proof {
  challenge: { parameters: Record<string, unknown>; signature: string };
  solution: Record<string, unknown>;
}
const parse = (proof: string) => JSON.parse(proof) as Proof;

test('a solved challenge is good for any process with the key, and says when it ends', async () => {
  const proof = await solveProof(await issueProof(deps, CHEAP));
  const checked = await checkProof(testDeps({} as Db), proof);
  expect(checked?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  const minutes = ((checked?.expiresAt.getTime() ?? 0) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(9.9);
  expect(minutes).toBeLessThanOrEqual(10);
});

test('challenges differ, so each proof can be told from every other', async () => {
  const issued = await Promise.all(Array.from({ length: 5 }, () => issueProof(deps, CHEAP)));
  const checked = await Promise.all(
    issued.map(async (one) => checkProof(deps, await solveProof(one))),
  );
  expect(new Set(checked.map((one) => one?.uuid)).size).toBe(5);
});

test('a proof is out of date after its minutes, by the clock of whoever checks it', async () => {
  const start = Date.now();
  const proof = await solveProof(await issueProof(deps, CHEAP));
  const at = (now: number) => {
    vi.setSystemTime(now);
    return checkProof(deps, proof);
  };
  expect(await at(start + 598_000)).toBeDefined();
  expect(await at(start + 600_000)).toBeUndefined();
});

test('a proof of another key is nothing', async () => {
  const other = { ...deps, keys: deriveKeys('another master secret') };
  expect(await checkProof(other, await solveProof(await issueProof(deps, CHEAP)))).toBeUndefined();
});

test('nothing of a challenge can be changed, and its answer cannot be guessed', async () => {
  const proof = await solveProof(await issueProof(deps, CHEAP));
  const changed = (change: (copy: Proof) => void): string => {
    const copy = parse(proof);
    change(copy);
    return JSON.stringify(copy);
  };
  const parameters = (more: Record<string, unknown>) =>
    changed(({ challenge }) => void Object.assign(challenge.parameters, more));
  const id = crypto.randomUUID();
  const forged = [
    parameters({ expiresAt: 9_999_999_999 }),
    parameters({ data: { id, purpose: 'sign-in', seconds: 600 } }),
    parameters({ cost: 1 }),
    parameters({ cost: 2 ** 40 }),
    parameters({ keyPrefix: '00' }),
    parameters({ algorithm: 'SHA-256' }),
    parameters({ keySignature: '00' }),
    changed(({ challenge }) => void (challenge.signature = '00')),
    changed(({ solution }) => void (solution.counter = Number(solution.counter) + 1)),
    changed(({ solution }) => void (solution.counter = -1)),
    changed(({ solution }) => void (solution.derivedKey = '00'.repeat(32))),
    changed(({ solution, challenge }) => {
      solution.derivedKey = `${String(challenge.parameters.keyPrefix)}${'00'.repeat(16)}`;
    }),
    '',
    '{}',
    'null',
    '[]',
    'not json',
    '{"challenge":{}}',
    `${proof}}`,
    `${proof}${' '.repeat(5000)}`,
  ];
  for (const fake of forged)
    expect([fake, await checkProof(deps, fake)]).toEqual([fake, undefined]);
  expect(await checkProof(deps, proof)).toBeDefined();
});

test('the worker that browsers run solves what is issued', async () => {
  const script = new URL('../../../../web/public/proof-worker.js', import.meta.url);
  const challenge = await issueProof(deps, CHEAP);
  const solution = await new Promise((resolve) => {
    const listeners: ((event: { data: unknown }) => void)[] = [];
    runInNewContext(readFileSync(script, 'utf8'), {
      crypto,
      self: {
        addEventListener: (_type: string, listener: (event: { data: unknown }) => void) =>
          listeners.push(listener),
        postMessage: resolve,
      },
    });
    for (const listener of listeners) listener({ data: JSON.parse(JSON.stringify(challenge)) });
  });
  expect(await checkProof(deps, JSON.stringify({ challenge, solution }))).toBeDefined();
});
