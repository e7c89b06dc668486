import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './src/testing/longest-first.ts';
import { createTallyReporter } from './src/testing/tally.ts';

// Before any test process is started: they inherit it.
process.env.TZ = 'UTC';

const FOLDERS = '{src,workflows,activities,web,bench,chaos,tools}';
const tallyFile = process.env.PISHKHAN_TEST_TALLY;

/** Files are told apart by their name: `x.db.test.ts` needs PostgreSQL, and so on. */
const named = (kind: string): string => `${FOLDERS}/**/*.${kind}.test.{ts,tsx}`;

/**
 * @param seconds for one test: far beyond what a busy machine needs and beyond the waits within it,
 *   so that only what never ends reaches it
 */
const onServers = (name: string, kind: string, seconds: number) => ({
  extends: true as const,
  test: {
    name,
    include: [named(kind)],
    globalSetup: ['src/testing/global-setup.ts'],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
  },
});

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    // Threads crash with the native part of Temporal's SDK.
    pool: 'forks',
    // The default leaves one core of two unused.
    maxWorkers: availableParallelism(),
    // What a test waits for may come late on a busy machine; the default is one second.
    expect: { requireAssertions: true, poll: { timeout: 45_000 } },
    teardownTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', ...(tallyFile ? [createTallyReporter(tallyFile)] : [])],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${FOLDERS}/**/*.test.{ts,tsx}`],
          exclude: ['db', 'workflow', 'http', 'e2e'].map(named),
          testTimeout: 60_000,
        },
      },
      onServers('db', 'db', 120),
      onServers('workflow', 'workflow', 240),
      onServers('web', 'http', 120),
      onServers('e2e', 'e2e', 300),
    ],
  },
});
