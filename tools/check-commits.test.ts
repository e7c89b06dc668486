import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BASE_SUBJECT, messageProblems } from './check-commits.ts';

// Each check of a history is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

const REASON = '\n\nThe sweep read every row.';

test.for([
  `feat: let a sender object to a rejection${REASON}`,
  `fix(local): recognise a full disk by a write that was cut short${REASON}`,
  `test(web): seed the second desk${REASON}`,
  `refactor(desk): process letters in batches${REASON}`,
  `perf(api-keys): focus the query on one unit\n\nThe list took 400 ms. (It takes 9 now.)`,
  `docs: explain erasure${REASON}\n\nCo-authored-by: A B <a@example.org>`,
  'Revert "feat: let a sender object to a rejection"\n\nThis reverts commit 1234567.',
])('a message in form passes: %s', (message) => {
  expect(messageProblems(message)).toEqual([]);
});

test.for([
  ['Doctor looks at webhooks; more room around deadlines', 'is not "type(scope): summary"'],
  ['feature: add an objection', 'is not "type(scope): summary"'],
  ['feat(Web): add an objection', 'is not "type(scope): summary"'],
  ['feat:add an objection', 'is not "type(scope): summary"'],
  ['feat: Add an objection', 'lower-case verb'],
  ['feat: added an objection', 'not in the imperative'],
  ['fix: adds the missing index', 'not in the imperative'],
  ['fix: adding the missing index', 'not in the imperative'],
  ['fix: add the missing index.', 'full stop'],
  [`fix: ${'a'.repeat(68)}`, '73 characters'],
])('a subject out of form is named: %s', ([subject = '', problem]) => {
  expect(messageProblems(subject + REASON)).toEqual([expect.stringContaining(problem ?? '')]);
});

test.for([
  ['fix: add the index', 'gives no reason'],
  ['fix: add the index\n\nfor speed', 'gives no reason'],
  ['fix: add the index\n\nSigned-off-by: Ali Moradi at the Desk.', 'gives no reason'],
  ['fix: add the index\nThe sweep read every row.\nIt was slow.', 'second line'],
])('a body that is missing or out of place is named: %s', ([message = '', problem]) => {
  expect(messageProblems(message)).toContainEqual(expect.stringContaining(problem ?? ''));
});

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'commits-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const git = (...args: string[]): void => {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { cwd: dir, stdio: 'ignore' });
};
const history = (...messages: string[]): void => {
  git('init', '--quiet', '.');
  for (const message of messages) git('commit', '--quiet', '--allow-empty', '--message', message);
};
const check = (cwd = dir): { status: number | null; said: string } => {
  const script = path.join(import.meta.dirname, 'check-commits.ts');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script],
    { cwd, encoding: 'utf8' },
  );
  return { status, said: stdout + stderr };
};

test('commits up to the base are exempt, those after it are not', () => {
  history('Something old', BASE_SUBJECT, `fix: add the index${REASON}`);
  expect(check()).toEqual({ status: 0, said: 'commits: 1 messages in form\n' });
  git('commit', '--quiet', '--allow-empty', '--message', 'Something new');
  const { status, said } = check();
  expect(status).toBe(1);
  expect(said).toMatch(/^commits: Something new: the subject is not/);
});

test('a shallow clone is checked as far as it goes', () => {
  history('Something old', BASE_SUBJECT, 'Something new', `fix: add the index${REASON}`);
  const clone = (depth: number): string => {
    git('clone', '--quiet', '--depth', String(depth), `file://${dir}`, `clone-${depth}`);
    return path.join(dir, `clone-${depth}`);
  };
  expect(check(clone(1)).said).toBe('commits: 1 messages in form\n');
  expect(check(clone(2))).toMatchObject({ status: 1, said: expect.stringContaining('new') });
});

test('a whole history without the base fails, and a tree without a history passes', () => {
  expect(check()).toMatchObject({ status: 0, said: expect.stringContaining('no history') });
  history(`fix: add the index${REASON}`);
  expect(check()).toMatchObject({ status: 1, said: expect.stringContaining('has no commit') });
});
