import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
  files: FileTime[];
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
    const tally: Tally = { passed: 0, failed: unhandledErrors.length, files: [] };
    for (const module of modules) {
      tally.files.push(fileTime(module));
      if (module.errors().length > 0) tally.failed += 1;
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) tally.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') tally.passed += 1;
        else if (state !== 'skipped') tally.failed += 1;
      }
    }
    if (reason === 'interrupted') tally.failed += 1;
    writeFileSync(file, JSON.stringify(tally));
  },
});

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
