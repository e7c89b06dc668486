import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from './logger.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-log-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What the log holds after `write`. */
const logged = (write: (log: ReturnType<typeof createLogger>) => void): string => {
  const file = path.join(dir, 'x.log');
  write(createLogger({ name: 'test', level: 'debug', file }));
  return readFileSync(file, 'utf8');
};

test('of a database’s error the rule is kept, and the row that broke it is not', () => {
  const error = Object.assign(new Error('duplicate key value violates "applicants_mobile_key"'), {
    code: '23505',
    constraint_name: 'applicants_mobile_key',
    detail: 'Key (mobile)=(+989123456789) already exists.',
    parameters: ['+989123456789', 'سارا'],
  });
  const line = logged((log) => log.error({ err: error }, 'failed'));
  expect(JSON.parse(line)).toMatchObject({
    err: { code: '23505', constraint_name: 'applicants_mobile_key' },
  });
  expect(line).not.toMatch(/912345|سارا|already exists/);
});

test('numbers and codes are masked wherever an error or a message quotes them', () => {
  const cause = new Error('gateway: cannot send 123456 to 00989123456789');
  const line = logged((log) => {
    log.error({ err: new Error('send to 09123456789 failed', { cause }) }, 'to +989123456789');
    log.warn({ why: 'code 654321 for 989123456789', other: { deep: 'x 09123456789 y' } }, 'm');
  });
  expect(line).not.toMatch(/912345|123456|654321/);
  expect(line).toContain('send to [mobile] failed');
  expect(line).toContain('cannot send [code] to [mobile]');
});

test('ids, times and ports stay as they are', () => {
  const id = '09123456-0912-4912-8912-098912345678';
  const line = logged((log) => log.info({ letterId: id, ms: 123456, port: 30001 }, `letter ${id}`));
  expect(JSON.parse(line)).toMatchObject({ letterId: id, ms: 123456, msg: `letter ${id}` });
});
