import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PLANTED_ORIGIN, soundAlarm } from './log-alarm.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-alarm-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, ...lines: string[]): void => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
};

const QUIET = [
  `{"level":30,"time":1789123456789,"pid":123456,"name":"web","requestId":"${randomUUID()}","ms":654321,"msg":"request"}`,
  '{"level":"warn","ts":"2026-11-22T09:12:34.567+0330","msg":"slow","shard-id":3,"wf-id":"letter-09123456-0912-4912-8912-091234567890"}',
  '2026-11-22 16:55:01.123 UTC [123456] LOG:  checkpoint complete: wrote 44 buffers (0.3%)',
  `{"level":30,"hash":"${randomBytes(32).toString('hex')}","msg":"checkpoint published"}`,
];

test('a run that logged nothing of anybody is quiet, and says how much was looked at', () => {
  put('web.log', ...QUIET);
  put('desk-a/worker.log.1', ...QUIET);
  put('known-values.txt', '123456', '654321', 'hunter2-hunter2');
  expect(soundAlarm(folder)).toEqual({ lines: 8, files: 2, found: [] });
});

test.each([
  ['a mobile number', 'sent to 09123456789'],
  ['a mobile number', '{"to":"+989123456789"}'],
  ['a mobile number', 'Key (mobile)=(00989123456789) already exists.'],
  ['a text that somebody wrote', '{"reason":"نشانی ناقص است"}'],
  ['a text that somebody wrote', '{"reason":"\\u0646\\u0634"}'],
  ['a token', `cookie sid=${'aB3-'.repeat(10)}xyz;`],
  ['a tracking code', 'found 7K3M-9QRT-2XAB'],
  ['a tracking code', '{"code":"7K3M9QRT2XAB"}'],
  ['a known value', 'the code was 428190'],
  ['a known value', 'password=hunter2-hunter2!'],
  ['content that a policy has stopped', '{"msg":"a page broke its content security policy"}'],
])('it rings for %s, with file and line: %s', (what, text) => {
  put('known-values.txt', '428190', 'hunter2-hunter2!');
  put('desk-a/web.log', ...QUIET, text, ...QUIET);
  expect(soundAlarm(folder).found).toEqual([
    { file: path.join('desk-a', 'web.log'), line: QUIET.length + 1, what, text },
  ]);
});

test('what a test has planted for the policy to stop is in order', () => {
  put('w.log', `{"blocked":"${PLANTED_ORIGIN}","msg":"a page broke its content security policy"}`);
  expect(soundAlarm(folder).found).toEqual([]);
});
