import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { OperatorError } from './errors.ts';
import { listOwnNames, MIGRATIONS, newerThanKnown } from './schema-state.ts';

// Any number that nothing else in this database locks.
const LOCK = 4_051_201;

export const listOwnMigrations = async (): Promise<{ name: string; sha256: string }[]> =>
  Promise.all(
    listOwnNames().map(async (name) => {
      const text = await readFile(new URL(name, MIGRATIONS), 'utf8');
      return { name, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );

/**
 * Forward only, in one transaction, safe to run concurrently.
 * @param options.only migrations to apply, for a restore of an older record
 * @throws OperatorError when an applied file was edited, or is unknown here
 */
export const migrate = async (
  databaseUrl: string,
  { only }: { only?: ReadonlySet<string> } = {},
): Promise<string[]> => {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {}, connect_timeout: 10 });
  try {
    const files = listOwnNames();
    return await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${LOCK})`;
      await tx`
        create table if not exists schema_migrations (
          name text primary key,
          sha256 text not null,
          applied_at timestamptz not null default now(),
          works_with text
        )`;
      const known = new Map(
        (
          await tx<{ name: string; sha256: string }[]>`select name, sha256 from schema_migrations`
        ).map(({ name, sha256 }) => [name, sha256]),
      );
      const unknown = [...known.keys()].sort().find((name) => !files.includes(name));
      if (unknown !== undefined) throw new OperatorError(newerThanKnown(unknown));
      // A migration leaves the version before the upgrade able to work.
      const worksWith = [...known.keys()].sort().at(-1) ?? null;
      const applied: string[] = [];
      for (const name of files) {
        if (only && !only.has(name)) continue;
        const text = await readFile(new URL(name, MIGRATIONS), 'utf8');
        const sha256 = createHash('sha256').update(text).digest('hex');
        const before = known.get(name);
        if (before === sha256) continue;
        if (before)
          throw new OperatorError(`The migration ${name} was edited after it was applied.`);
        await tx.unsafe(text).simple();
        await tx`
          insert into schema_migrations (name, sha256, works_with)
          values (${name}, ${sha256}, ${worksWith})`;
        applied.push(name);
      }
      return applied;
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
};
