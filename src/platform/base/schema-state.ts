/** Whether the database has the schema that this version of the desk was written for. */
import { readdirSync } from 'node:fs';
import { OperatorError } from './errors.ts';
import type { Handle } from './database.ts';

export const MIGRATIONS = new URL('./migrations/', import.meta.url);

/** The names of this version's migrations, in their order. */
export const listOwnNames = (): string[] =>
  readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();

const MIGRATE = 'Run: npm run desk -- migrate';

/** One that this version has no file for. */
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
 * What is wrong, with the remedy in the same line; null: nothing.
 * @param options.running of a process that has started on its own schema: one upgrade may then
 *   happen beside it, because a migration leaves the version before it able to work
 * @param options.own the migrations that this version knows
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

/** @throws OperatorError when this version must not work on the database */
export const ensureSchemaFits = async (sql: Handle): Promise<void> => {
  const problem = await findSchemaProblem(sql);
  if (problem !== null) throw new OperatorError(problem);
};
