/**
 * `npm test`: every test, on real servers that it starts and ends itself. Further arguments go to
 * vitest. The last line is `N passed, N failed`; exit code 0 only when all passed, and some did.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { soundAlarm } from './log-alarm.ts';
import { makeTestDir, removeTestDir } from './servers.ts';
import { filesToRepeat, timeReport, withRepeated } from './tally.ts';
import type { Tally } from './tally.ts';

const runVitest = (dir: string, tallyFile: string, args: string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')));
    const child = spawn(process.execPath, [vitest, 'run', ...args], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: {
        ...process.env,
        PISHKHAN_TEST_DIR: dir,
        PISHKHAN_TEST_TALLY: tallyFile,
        PISHKHAN_TEST_LOGS: logs,
      },
      stdio: 'inherit',
    });
    // Ctrl-C reaches vitest too: it ends, and then this process sweeps up after it.
    process.on('SIGINT', () => {
      isInterrupted = true;
    });
    for (const signal of ['SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        isInterrupted = true;
        child.kill('SIGTERM');
      });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });

const readTally = (file: string): Tally => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Tally;
  } catch {
    // It ended before its first test, e.g. because a server could not be started.
    return { passed: 0, failed: 1, files: [], failing: [] };
  }
};

/** The logs of the whole run are one test more. */
const countAlarm = (tally: Tally): void => {
  const { lines, files, found } = soundAlarm(logs);
  for (const { file, line, what, text } of found)
    console.error(`${file}:${line}: ${what} in a log: ${text.slice(0, 300)}`);
  console.log(`logs: ${lines} lines in ${files} files looked at, ${found.length} found`);
  // A run of some tests only may have logged nothing.
  const looked = lines > 0 || process.argv.length > 2;
  if (found.length > 0 || !looked) tally.failed += 1;
  else tally.passed += 1;
};

const dir = makeTestDir();
const tallyFile = path.join(dir, 'tally.json');
/** Where the servers of the run write theirs too. */
const logs = path.join(dir, 'logs');
let isInterrupted = false;

const runTests = async (args: string[]): Promise<Tally> => {
  const succeeded = await runVitest(dir, tallyFile, args);
  const result = readTally(tallyFile);
  if (!succeeded && result.failed === 0) result.failed = 1;
  return result;
};

/**
 * In CI what failed beside everything else is run once more, file by file: a machine that was too busy
 * is no fault of the code. What passes only then is named, for it is a test to mend.
 */
const repeatFailing = async (first: Tally): Promise<Tally> => {
  const files = process.env.CI && !isInterrupted ? filesToRepeat(first) : [];
  if (files.length === 0) return first;
  console.log(`run once more: ${files.join(' ')}`);
  const second = await runTests([...files, '--no-file-parallelism']);
  const failedTwice = new Set(second.failing.flatMap(({ names }) => names));
  for (const { file, names } of first.failing)
    for (const name of names.filter((one) => !failedTwice.has(one)))
      console.log(`flaky: ${file}: ${name}`);
  return withRepeated(first, second);
};

const tally = await repeatFailing(await runTests(process.argv.slice(2)));
countAlarm(tally);
await removeTestDir(dir);
if (tally.files.length > 1) console.log(timeReport(tally.files));
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
console.log(`${tally.passed} passed, ${tally.failed} failed`);
