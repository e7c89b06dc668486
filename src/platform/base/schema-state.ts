import { readdirSync } from 'node:fs';
import { OperatorError } from './errors.ts';
import type { Handle } from './database.ts';

export const MIGRATIONS = new URL('./migrations/', import.meta.url);

export const listOwnNames = (): string[] =>
  readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();

const MIGRATE = 'Run: npm run desk -- migrate';

export const newerThanKnown = (name: string): string =>
  `The database was migrated by a newer version of the desk (${name}). Start that version, or restore a backup from before the upgrade.`;

interface Applied {
  name: string;
  /** The version whose newest migration this is may go on working; null: no other version may. */
  worksWith: string | null;
}

const NO_TABLE = '42P01';

const listApplied = async (sql: Handle): Promise<Applied[]> => {
  try {
    return await sql<Applied[]>`select name, works_with from schema_migrations order by name`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === NO_TABLE) return [];
    throw error;
  }
};

/**
 * @param options.running the process started on its own schema: one upgrade may happen beside it,
 *   since each migration keeps the previous version working
 * @returns problem and remedy in one line
 */
export const findSchemaProblem = async (
  sql: Handle,
  { running = false, own = listOwnNames() }: { running?: boolean; own?: string[] } = {},
): Promise<string | null> => {
  const newestOwn = own.at(-1) ?? '';
  const applied = await listApplied(sql);
  if (applied.length === 0) return `The database has no schema yet. ${MIGRATE}`;
  const unknown = applied.find(
    ({ name, worksWith }) =>
      !own.includes(name) && !(running && worksWith !== null && worksWith <= newestOwn),
  );
  if (unknown) return newerThanKnown(unknown.name);
  const names = new Set(applied.map(({ name }) => name));
  const missing = own.find((name) => !names.has(name));
  return missing === undefined
    ? null
    : `The database is older than this version of the desk (${missing} is missing). ${MIGRATE}`;
};

export const ensureSchemaFits = async (sql: Handle): Promise<void> => {
  const problem = await findSchemaProblem(sql);
  if (problem !== null) throw new OperatorError(problem);
};
