import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';

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
  const execute = async (statement: string): Promise<void> => {
    const sql = postgres(template.adminUrl, { max: 1, onnotice: () => undefined });
    try {
      await sql.unsafe(statement);
    } finally {
      await sql.end();
    }
  };
  await execute(`create database ${name} template ${template.name}`);
  const url = new URL(template.adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(`drop database if exists ${name} with (force)`),
  };
};
