import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
  files: FileTime[];
  /** Files in which something failed, with their share of the counts. */
  failing: FailingFile[];
}

interface FailingFile {
  file: string;
  passed: number;
  failed: number;
  names: string[];
}

interface FileTime {
  project: string;
  file: string;
  /** Of its imports, hooks and tests. */
  seconds: number;
}

const SLOWEST = 10;

const fileTime = (module: TestModule): FileTime => {
  const { prepareDuration, setupDuration, collectDuration, duration } = module.diagnostic();
  return {
    project: module.project.name,
    file: path.relative(module.project.config.root, module.moduleId),
    seconds: (prepareDuration + setupDuration + collectDuration + duration) / 1000,
  };
};

/**
 * A vitest reporter that writes how many tests passed and failed. What went wrong outside a test (a
 * file that could not be loaded, a hook, a stray error) is a failure like any other.
 */
export const createTallyReporter = (file: string): Reporter => ({
  onTestRunEnd(modules, unhandledErrors, reason) {
    const tally: Tally = { passed: 0, failed: unhandledErrors.length, files: [], failing: [] };
    for (const module of modules) {
      const time = fileTime(module);
      tally.files.push(time);
      const count = countFile(module, time.file);
      tally.passed += count.passed;
      tally.failed += count.failed;
      if (count.failed > 0) tally.failing.push(count);
    }
    if (reason === 'interrupted') tally.failed += 1;
    writeFileSync(file, JSON.stringify(tally));
  },
});

const countFile = (module: TestModule, file: string): FailingFile => {
  const count: FailingFile = { file, passed: 0, failed: 0, names: [] };
  const fail = (name: string): void => {
    count.failed += 1;
    count.names.push(name);
  };
  if (module.errors().length > 0) fail('loading of the file');
  for (const suite of module.children.allSuites())
    if (suite.errors().length > 0) fail(`hook of ${suite.fullName}`);
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') count.passed += 1;
    else if (state !== 'skipped') fail(test.fullName);
  }
  return count;
};

/** More than this is no accident of a busy machine. */
const MAX_FILES_AGAIN = 8;

/** The files to run once more; none where a failure belongs to no file, or too many failed. */
export const filesToRepeat = ({ failed, failing }: Tally): string[] => {
  const known = failing.reduce((sum, file) => sum + file.failed, 0);
  return known === failed && failing.length <= MAX_FILES_AGAIN
    ? failing.map(({ file }) => file)
    : [];
};

/** The counts with the second run of those files in place of their first. */
export const withRepeated = (first: Tally, second: Tally): Tally => {
  const sum = (key: 'passed' | 'failed') => first.failing.reduce((all, file) => all + file[key], 0);
  return {
    passed: first.passed - sum('passed') + second.passed,
    failed: first.failed - sum('failed') + second.failed,
    files: first.files,
    failing: second.failing,
  };
};

/** Where the time went: the seconds of each project, and the slowest files. */
export const timeReport = (files: readonly FileTime[]): string => {
  const projects = new Map<string, { seconds: number; files: number }>();
  for (const { project, seconds } of files) {
    const sum = projects.get(project) ?? { seconds: 0, files: 0 };
    projects.set(project, { seconds: sum.seconds + seconds, files: sum.files + 1 });
  }
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  return [
    'seconds by project:',
    ...[...projects].map(([name, sum]) => line(sum.seconds, `${name} (${sum.files} files)`)),
    'slowest files:',
    ...slowest.map(({ seconds, file }) => line(seconds, file)),
  ].join('\n');
};

const line = (seconds: number, what: string): string =>
  `${seconds.toFixed(1).padStart(9)}  ${what}`;
