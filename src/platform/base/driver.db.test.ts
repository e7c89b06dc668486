/** The faults of the database driver that `patches/` mends, each as it was met or reported. */
import { once } from 'node:events';
import net from 'node:net';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';

let database: TestDatabase;
let admin: postgres.Sql;
const opened: postgres.Sql[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = postgres(database.url, { max: 1 });
  await admin`create table written (id int primary key, by text not null)`;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.end({ timeout: 0 })));
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

const connect = (options: postgres.Options<{}> = {}, url = database.url): postgres.Sql => {
  const db = postgres(url, { max: 1, backoff: () => 0.01, ...options });
  opened.push(db);
  return db;
};

const failure = (query: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(query).then(
    () => 'settled without an error',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

const deferred = <Value>() => {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
};

const pidOf = async (db: postgres.ISql): Promise<number> => {
  const [row] = await db<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return row?.pid ?? 0;
};

const endSession = async (pid: number): Promise<void> => {
  await admin`select pg_terminate_backend(${pid}, 10000)`;
};

/** Resolves once a session runs a statement that matches. */
const running = async (pid: number, statement: string): Promise<void> => {
  for (;;) {
    const rows = await admin`
      select 1 from pg_stat_activity
      where pid = ${pid} and state = 'active' and query like ${`%${statement}%`}`;
    if (rows.length > 0) return;
  }
};

/** A way to the database that can be broken as a network does, and read. */
const openLine = async (onBytes: (bytes: Buffer, reset: () => void) => void = () => {}) => {
  const { hostname, port } = new URL(database.url);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    sockets.add(near).add(far);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('data', (bytes) => {
      onBytes(bytes, () => near.resetAndDestroy());
      far.write(bytes);
    });
    far.pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as net.AddressInfo).port);
  return {
    url: url.href,
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
};

test('rows of a query that failed leave no holes before the rows of the next', async () => {
  const db = connect();
  const broken = db`select 1 / (4 - i) from generate_series(1, 10) i`;
  const next = db<{ x: number }[]>`select x from generate_series(1, 5) x`;
  expect(await failure(broken)).toBe('22012');
  expect((await next).map((row) => row.x)).toEqual([1, 2, 3, 4, 5]);
  expect([...(await db`select 42 as x`)]).toEqual([{ x: 42 }]);
});

test('rows of a session that ended leave no holes before the rows of the next', async () => {
  const db = connect();
  const pid = await pidOf(db);
  const cut = failure(
    db`select i, repeat('x', 9000), pg_sleep(0.01) from generate_series(1, 100000) i`,
  );
  await running(pid, 'repeat');
  await new Promise((resolve) => setTimeout(resolve, 300));
  await endSession(pid);
  expect(await cut).toBe('CONNECTION_CLOSED');
  expect([...(await db`select 42 as x`)]).toEqual([{ x: 42 }]);
});

test('a query after a session that ended is not refused with the reason of the end', async () => {
  const db = connect();
  const pid = await pidOf(db);
  const cut = failure(db`select pg_sleep(60)`);
  await running(pid, 'pg_sleep');
  await endSession(pid);
  await cut;
  expect([...(await db`select 1 as x`)]).toEqual([{ x: 1 }]);
});

test('a session that ends within a transaction ends neither the process nor the connection', async () => {
  const db = connect();
  expect(
    await failure(
      db.begin(async (tx) => {
        await tx`select pg_terminate_backend(pg_backend_pid())`;
      }),
    ),
  ).toBe('CONNECTION_CLOSED');
  expect([...(await db`select 1 as x`)]).toEqual([{ x: 1 }]);
});

test('a transaction whose session ended does not write into the next one of its connection', async () => {
  const db = connect();
  const gate = deferred<void>();
  const pid = deferred<number>();
  let late: unknown;
  const dead = failure(
    db.begin(async (tx) => {
      pid.resolve(await pidOf(tx));
      await gate.promise;
      late = await failure(tx`insert into written values (1, 'dead')`);
    }),
  );
  await endSession(await pid.promise);
  expect(await dead).toBe('CONNECTION_CLOSED');
  await db.begin(async (tx) => {
    await tx`insert into written values (2, 'living')`;
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([...(await tx`select id from written`)]).toEqual([{ id: 2 }]);
  });
  expect(late).toBe('CONNECTION_CLOSED');
  expect([...(await admin`select id, by from written`)]).toEqual([{ id: 2, by: 'living' }]);
});

test('a transaction whose session ended does not roll back the next one of its connection', async () => {
  const db = connect();
  const gate = deferred<void>();
  const pid = deferred<number>();
  const dead = failure(
    db.begin(async (tx) => {
      pid.resolve(await pidOf(tx));
      await gate.promise;
      throw new Error('thrown late');
    }),
  );
  await endSession(await pid.promise);
  expect(await dead).toBe('CONNECTION_CLOSED');
  await db.begin(async (tx) => {
    await tx`insert into written values (3, 'living')`;
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await tx`insert into written values (4, 'living')`;
  });
  expect((await admin`select 1 from written where id in (3, 4)`).length).toBe(2);
});

test('every query that waits in a transaction settles when its session ends', async () => {
  const db = connect();
  const codes: unknown[] = [];
  await failure(
    db.begin(async (tx) => {
      const pid = await pidOf(tx);
      // The second one waits for a description of its parameter: those behind it are not sent.
      const waiting = [
        tx`select pg_sleep(60)`,
        tx`select ${1}::int`,
        tx`select ${'x'}::text`,
        tx`select 3`,
      ].map(failure);
      await running(pid, 'pg_sleep');
      await endSession(pid);
      codes.push(...(await Promise.all(waiting)));
    }),
  );
  await expect.poll(() => codes).toEqual(Array.from({ length: 4 }, () => 'CONNECTION_CLOSED'));
});

test('a transaction behind any number of queries is one', async () => {
  const db = connect();
  await db`select 1`;
  for (const count of [98, 99, 100, 101]) {
    const queries = Array.from({ length: count }, () => db`select 1`.execute());
    const begun = db.begin((tx) => tx<{ x: number }[]>`select 2 as x`);
    await Promise.all(queries);
    expect([...(await begun)]).toEqual([{ x: 2 }]);
  }
});

test('a value that cannot be sent refuses its own query and no other', async () => {
  const db = connect();
  await db`select 1`;
  const before = db<{ x: number }[]>`select 1 as x, pg_sleep(0.1)::text as waited`.execute();
  const wrong = failure(db`select ${undefined as never}::int as x`);
  const after = db<{ x: number }[]>`select 3 as x`;
  expect(await wrong).toBe('UNDEFINED_VALUE');
  expect((await before).map((row) => row.x)).toEqual([1]);
  expect([...(await after)]).toEqual([{ x: 3 }]);
  const alone = failure(db`select ${undefined as never}::int as x`);
  expect([...(await db`select 4 as x`)]).toEqual([{ x: 4 }]);
  expect(await alone).toBe('UNDEFINED_VALUE');
});

test('a value that cannot be sent leaves the other queries of its transaction settled', async () => {
  const db = connect();
  let settled: unknown[] = [];
  const code = await failure(
    db.begin(async (tx) => {
      settled = await Promise.all(
        [tx`select 1`, tx`select ${undefined as never}::int`, tx`select 3`].map(failure),
      );
    }),
  );
  expect(settled).toEqual([
    'settled without an error',
    'UNDEFINED_VALUE',
    'settled without an error',
  ]);
  expect(code).toBe('UNDEFINED_VALUE');
});

test('a new connection that breaks as the driver asks for types ends neither process nor query', async () => {
  let resets = 0;
  const line = await openLine((bytes, reset) => {
    if (!bytes.includes('typcategory') || resets > 0) return;
    resets += 1;
    reset();
  });
  const db = connect({}, line.url);
  const first = await failure(db`select 1`);
  expect(['ECONNRESET', 'settled without an error']).toContain(first);
  expect([...(await db`select array[1, 2] as xs`)]).toEqual([{ xs: [1, 2] }]);
  expect(resets).toBe(1);
  line.close();
});

test('types that the server refuses to tell fail the query, and the next connection asks again', async () => {
  const db = connect({ connection: { statement_timeout: 1 } });
  const codes = [];
  for (let i = 0; i < 30; i += 1) codes.push(await failure(db`select array[1] as xs`));
  // Whether a query fits into a millisecond is the machine's affair; that each one settles is ours.
  expect(codes.every((code) => ['57014', 'settled without an error'].includes(String(code)))).toBe(
    true,
  );
});

test('arrays can be sent by the first query of a process', async () => {
  const db = connect();
  const rows = await db`select x from unnest(${db.array([1, 2])}::int[]) x`;
  expect([...rows]).toEqual([{ x: 1 }, { x: 2 }]);
});

test('a connection that is reset comes back, as often as it is', async () => {
  const line = await openLine();
  const db = connect({}, line.url);
  for (let round = 0; round < 3; round += 1) {
    expect([...(await db`select 1 as x`)]).toEqual([{ x: 1 }]);
    const cut = failure(
      db.begin(async (tx) => {
        await tx`select 1`;
        line.reset();
        await tx`select pg_sleep(60)`;
      }),
    );
    expect(['ECONNRESET', 'CONNECTION_CLOSED']).toContain(await cut);
  }
  expect([...(await db`select 2 as x`)]).toEqual([{ x: 2 }]);
  expect([...(await db`select 3 as x`)]).toEqual([{ x: 3 }]);
  line.close();
});

test('a pool whose connection was reset ends', async () => {
  const line = await openLine();
  const db = connect({}, line.url);
  await db`select 1`;
  const cut = failure(db`select pg_sleep(60)`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  line.reset();
  expect(await cut).toBe('ECONNRESET');
  await db.end();

  const other = connect({}, line.url);
  await other`select 1`;
  const last = failure(other`select pg_sleep(60)`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const ended = other.end();
  line.reset();
  expect(await last).toBe('ECONNRESET');
  await ended;
  line.close();
});

test('rows that are read in portions do not end quietly where the session ended', async () => {
  const db = connect();
  const pid = await pidOf(db);
  let read = 0;
  const reading = (async () => {
    for await (const rows of db`select i from generate_series(1, 1000) i`.cursor(10)) {
      read += rows.length;
      if (read === 20) {
        await endSession(pid);
        // The driver learns of it while nobody waits for rows.
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  })();
  expect(await failure(reading)).toBe('CONNECTION_CLOSED');
  expect(read).toBe(20);
  expect([...(await db`select 1 as x`)]).toEqual([{ x: 1 }]);
});
