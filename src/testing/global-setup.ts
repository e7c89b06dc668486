/**
 * Run by vitest once for each project that has tests to run: gives them a migrated template
 * database and a Temporal server, from DATABASE_URL and TEMPORAL_ADDRESS when these are set.
 */
import { randomUUID } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { migrate } from '../platform/base/migrate.ts';
import { dropDatabase, executeAlone } from './drop-database.ts';
import { makeTestDir, removeTestDir, startTestPostgres, startTestTemporal } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database to connect to for making others, and the one to copy. */
    templateDatabase: { adminUrl: string; name: string };
    temporalAddress: string;
  }
}

interface Shared<Value> {
  value: Value;
  stop: () => Promise<void>;
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const stops: (() => Promise<void>)[] = [];
  const teardown = async (): Promise<void> => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const database = await shareOnce('template database', startDatabase, stops);
    project.provide('templateDatabase', database.value);
    if (project.name !== 'db') {
      const temporal = await shareOnce('temporal', startTemporal, stops);
      project.provide('temporalAddress', temporal.value);
    }
    if (project.name === 'e2e') await shareOnce('workflow bundle', buildWorkflows, stops);
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
};

/**
 * The projects load this file each for itself, in one process: the first one starts the server and
 * stops it in the end, the others use it.
 */
const shareOnce = async <Value>(
  name: string,
  begin: () => Promise<Shared<Value>>,
  stops: (() => Promise<void>)[],
): Promise<Shared<Value>> => {
  const key = Symbol.for(`pishkhan test: ${name}`);
  const all = globalThis as unknown as Record<symbol, Promise<Shared<Value>> | undefined>;
  const known = all[key];
  if (known !== undefined) return known;
  const beginning = begin();
  all[key] = beginning;
  const begun = await beginning;
  stops.push(begun.stop);
  return begun;
};

const startDatabase = async (): Promise<Shared<{ adminUrl: string; name: string }>> => {
  const server = await databaseServer();
  const adminUrl = server.value;
  const name = `pishkhan_template_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const stop = async (): Promise<void> => {
    await dropDatabase(adminUrl, name);
    await server.stop();
  };
  try {
    await executeAlone(adminUrl, `create database ${name}`);
    const template = new URL(adminUrl);
    template.pathname = `/${name}`;
    await migrate(template.href);
    return { value: { adminUrl, name }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const databaseServer = async (): Promise<Shared<string>> => {
  const given = process.env.DATABASE_URL;
  if (given) return { value: given, stop: () => Promise.resolve() };
  return inTestDir(startTestPostgres);
};

const startTemporal = async (): Promise<Shared<string>> => {
  const given = process.env.TEMPORAL_ADDRESS;
  if (given) return { value: given, stop: () => Promise.resolve() };
  return inTestDir(startTestTemporal);
};

/** Once for all desks of the run: see `startDesk`. */
const buildWorkflows = async (): Promise<Shared<undefined>> => {
  const given = process.env.PISHKHAN_TEST_DIR;
  if (given !== undefined) {
    // The other projects do without the SDK's native part.
    const { loadWorkflowBundle } = await import('../main/bundle-workflows.ts');
    await loadWorkflowBundle({ DATA_DIR: given }, () => undefined);
  }
  return { value: undefined, stop: () => Promise.resolve() };
};

/** In the folder of `npm test`, which removes it itself whatever happens, or in one of its own. */
const inTestDir = async (
  begin: (dir: string) => Promise<{ address: string; stop: () => Promise<void> }>,
): Promise<Shared<string>> => {
  const given = process.env.PISHKHAN_TEST_DIR;
  const dir = given ?? makeTestDir();
  try {
    const server = await begin(dir);
    return {
      value: server.address,
      stop: async () => {
        await server.stop();
        if (given === undefined) await removeTestDir(dir);
      },
    };
  } catch (error) {
    if (given === undefined) await removeTestDir(dir);
    throw error;
  }
};
