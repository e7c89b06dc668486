/** Whose files cost much to check, or are refused again and again, has none checked for a while. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IntakeResult } from './file-intake.ts';
import { createDb } from '../base/database.ts';
import type { Db } from '../base/database.ts';
import { DomainError } from '../base/errors.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { fileRow } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { createRateLimit } from '../base/rate-limit.ts';
import { createReceiveFile } from './receive-file.ts';

const log = createTestLog('receive-file');
let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 3, log, name: 'test', seals: testSeals });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const sender = () => {
  const settings = {
    codesPerAddress: 9,
    codesOfDesk: 9,
    staffAttempts: 9,
    trackingMisses: 9,
    forgedReceipts: 9,
  };
  const limits = createRateLimit({ db, key: Buffer.alloc(32, 1), settings, log });
  const by = { kind: 'applicant', id: randomUUID() } as const;
  return async (checked: () => Promise<IntakeResult>): Promise<string> => {
    const receiveFile = createReceiveFile({ db, intake: { receive: checked }, limits });
    const stream = Readable.from(['file']);
    const received = await receiveFile({ stream, fileName: 'a.pdf', by, from: undefined });
    return received.ok ? 'taken' : received.problem;
  };
};

const good = (cpuSeconds: number) => (): Promise<IntakeResult> =>
  Promise.resolve({ ok: true, cpuSeconds, file: fileRow() });
const costly = (): Promise<IntakeResult> =>
  Promise.resolve({ ok: false, problem: 'too_complex', cpuSeconds: 10.2 });
const busy = (): Promise<IntakeResult> => Promise.reject(new DomainError('unavailable'));

test('files that cost much are checked a few times, and no other person feels it', async () => {
  const [attacker, other] = [sender(), sender()];
  const answers: string[] = [];
  for (let times = 0; times < 8; times += 1) answers.push(await attacker(costly));
  expect(answers.filter((answer) => answer === 'too_complex')).toHaveLength(6);
  expect(answers.at(-1)).toBe('too_many_checks');
  expect(await attacker(good(0.1))).toBe('too_many_checks');
  expect(await other(good(0.1))).toBe('taken');
});

test('good files count for what they cost, and a busy desk counts for nothing', async () => {
  const send = sender();
  for (let times = 0; times < 70; times += 1) expect(await send(good(0.6))).toBe('taken');
  for (let times = 0; times < 70; times += 1) expect(await send(busy)).toBe('busy');
  for (let times = 0; times < 13; times += 1) await send(good(5.5));
  expect(await send(good(0.1))).toBe('too_many_checks');
});
