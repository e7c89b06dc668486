import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

export interface Tally {
  passed: number;
  failed: number;
}

/**
 * A vitest reporter that writes how many tests passed and failed. What went wrong outside a test (a
 * file that could not be loaded, a hook, a stray error) is a failure like any other.
 */
export const createTallyReporter = (file: string): Reporter => ({
  onTestRunEnd(modules, unhandledErrors, reason) {
    const tally: Tally = { passed: 0, failed: unhandledErrors.length };
    for (const module of modules) {
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
