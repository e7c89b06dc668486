import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { dropDatabase, executeAlone } from './drop-database.ts';

export interface TestDatabase {
  url: string;
  /** Ends every connection to it and removes it. */
  drop: () => Promise<void>;
}

/**
 * A database of the test's own with every migration applied and no rows: a copy of the template
 * that the run has migrated once.
 */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const template = inject('templateDatabase');
  const name = `pishkhan_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const { adminUrl } = template;
  await executeAlone(adminUrl, `create database ${name} template ${template.name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => dropDatabase(adminUrl, name),
  };
};
