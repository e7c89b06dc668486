/** A web process whose database gets another schema while it runs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { until } from '../src/testing/until.ts';

let home: RealHome;
let site: RealSite;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home);
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});

const ready = async (): Promise<{ status: number; detail: string }> => {
  const answer = await site.app.request('http://desk.test/health/ready');
  const { database } = (await answer.json()) as { database?: { detail: string } };
  return { status: answer.status, detail: database?.detail ?? '' };
};
const untilReady = (status: number) =>
  until(async () => {
    const now = await ready();
    return now.status === status && now;
  });

const addMigration = (name: string, worksWith: string | null) => site.db`
  insert into schema_migrations (name, sha256, works_with) values (${name}, '', ${worksWith})`;

test('it is not ready on a newer schema that does not leave its version able to work', async () => {
  await untilReady(200);
  await addMigration('9999_future.sql', null);
  expect((await untilReady(503)).detail).toContain('migrated by a newer version');
  await site.db`delete from schema_migrations where name = '9999_future.sql'`;
  await untilReady(200);
});

test('it stays ready while one upgrade happens beside it, and is not after two', async () => {
  const [row] = await site.db<{ newest: string }[]>`
    select max(name) as newest from schema_migrations`;
  await addMigration('9997_next_version.sql', row?.newest ?? '');
  expect(await ready()).toEqual({ status: 200, detail: 'answers' });
  await addMigration('9998_version_after_that.sql', '9997_next_version.sql');
  await untilReady(503);
  await site.db`delete from schema_migrations where name like '999%'`;
  await untilReady(200);
});

test('it is not ready on an older schema', async () => {
  const [row] = await site.db<{ name: string; sha256: string }[]>`
    delete from schema_migrations where name = (select max(name) from schema_migrations)
    returning name, sha256`;
  expect((await untilReady(503)).detail).toContain('npm run desk -- migrate');
  await site.db`insert into schema_migrations ${site.db(row ?? {})}`;
  await untilReady(200);
});
