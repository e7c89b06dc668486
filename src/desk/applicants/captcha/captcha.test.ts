import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Db } from '../../../platform/base/database.ts';
import { deriveKeys } from '../../../platform/sealing/secrets.ts';
import { TEST_MASTER_SECRET } from '../../../testing/seals.ts';
import { testDeps } from '../../../testing/test-deps.ts';
import { sharp } from '../../../platform/base/sharp.ts';
import { drawCaptcha, isRightAnswer, newCaptcha, readCaptcha, speakCaptcha } from './captcha.ts';

const start = Date.UTC(2026, 10, 22);
const depsWith = ({ testCode = '', secret = TEST_MASTER_SECRET } = {}) =>
  testDeps({} as Db, { env: { CAPTCHA_TEST_CODE: testCode }, keys: deriveKeys(secret) });
const deps = depsWith();

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: start }));
afterEach(() => void vi.useRealTimers());

test('an id is read back with its answer and expiry, by any process with the key', () => {
  const { id } = newCaptcha(deps);
  vi.setSystemTime(start + 1000);
  const challenge = readCaptcha(depsWith(), id);
  expect(id).toMatch(/^[\w-]+$/);
  expect(challenge?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  expect(challenge?.answer).toMatch(/^[1-9]{5}$/);
  expect(challenge?.expiresAt).toEqual(new Date(start + 600_000));
});

test('ids and answers differ', () => {
  const ids = Array.from({ length: 50 }, () => newCaptcha(deps).id);
  expect(new Set(ids).size).toBe(50);
  expect(new Set(ids.map((id) => readCaptcha(deps, id)?.answer)).size).toBeGreaterThan(45);
});

test('an id is dead after its minutes', async () => {
  const { id } = newCaptcha(deps);
  vi.setSystemTime(start + 599_999);
  expect(readCaptcha(deps, id)).toBeDefined();
  vi.setSystemTime(start + 600_000);
  expect(readCaptcha(deps, id)).toBeUndefined();
  expect(await drawCaptcha(deps, id)).toBeUndefined();
});

test('a forged id is nothing', async () => {
  const { id } = newCaptcha(deps);
  const bytes = Buffer.from(id, 'base64url');
  const forged = [...bytes.keys()].map((at) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8((copy.readUInt8(at) + 1) % 256, at);
    return copy.toString('base64url');
  });
  forged.push('', 'x', id.slice(1), `${id}A`, `${id}=`, ` ${id}`, '../../etc/passwd', '🙂');
  expect(forged.filter((fake) => readCaptcha(deps, fake) !== undefined)).toEqual([]);
  expect(await drawCaptcha(deps, forged[0] ?? '')).toBeUndefined();
  expect(readCaptcha(depsWith({ secret: 'another master secret' }), id)).toBeUndefined();
});

test('the picture is a small PNG of 200 by 72, the same for the same id', async () => {
  const { id } = newCaptcha(deps);
  const picture = await drawCaptcha(deps, id);
  const { format, width, height } = await sharp(picture).metadata();
  expect({ format, width, height }).toEqual({ format: 'png', width: 200, height: 72 });
  expect(picture?.length).toBeLessThan(10_000);
  expect(await drawCaptcha(deps, id)).toEqual(picture);
  expect(await drawCaptcha(deps, newCaptcha(deps).id)).not.toEqual(picture);
});

test('a picture and a sound are made once for each id, and another process makes the same', async () => {
  const { id } = newCaptcha(deps);
  const [first, ...others] = await Promise.all(
    Array.from({ length: 20 }, () => drawCaptcha(deps, id)),
  );
  for (const other of others) expect(other).toBe(first);
  expect(await speakCaptcha(deps, { id: id, language: 'en' })).toBe(
    await speakCaptcha(deps, { id: id, language: 'en' }),
  );
  vi.resetModules();
  const anotherProcess = await import('./captcha.ts');
  expect(await anotherProcess.drawCaptcha(deps, id)).toEqual(first);
});

test('beyond so many pictures at once the desk asks to come again, and draws the others', async () => {
  const ids = Array.from({ length: 300 }, () => newCaptcha(deps).id);
  const drawn = await Promise.allSettled(ids.map((id) => drawCaptcha(deps, id)));
  expect(drawn.filter(({ status }) => status === 'fulfilled')).toHaveLength(102);
  for (const one of drawn)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'unavailable' });
  expect(await drawCaptcha(deps, ids.at(-1) ?? '')).toBeInstanceOf(Buffer);
});

test('a code is read aloud in both languages, the same for the same id', async () => {
  const { id } = newCaptcha(deps);
  const spoken = await speakCaptcha(deps, { id: id, language: 'fa' });
  expect(spoken?.toString('latin1', 0, 4)).toBe('RIFF');
  expect(await speakCaptcha(deps, { id: id, language: 'fa' })).toEqual(spoken);
  expect(await speakCaptcha(deps, { id: id, language: 'en' })).not.toEqual(spoken);
  expect(await speakCaptcha(deps, { id: newCaptcha(deps).id, language: 'fa' })).not.toEqual(spoken);
  expect(await speakCaptcha(deps, { id: `${id}A`, language: 'fa' })).toBeUndefined();
  vi.setSystemTime(start + 600_000);
  expect(await speakCaptcha(deps, { id, language: 'fa' })).toBeUndefined();
});

test('the test code is the answer to every id', async () => {
  const testing = depsWith({ testCode: '12345' });
  const { id } = newCaptcha(testing);
  expect(readCaptcha(testing, id)?.answer).toBe('12345');
  expect(await drawCaptcha(testing, id)).toBeInstanceOf(Buffer);
});

test.each(['12345', '۱۲۳۴۵', '١٢٣٤٥', '１２３４５', ' 1 2 3 4 5 ', '۱۲-۳۴۵', '\u202a۱۲۳۴۵\u202c'])(
  '%j is the right code',
  (typed) => {
    expect(isRightAnswer('12345', typed)).toBe(true);
  },
);

test.each(['', '1234', '123456', '12346', '54321', 'abcde'])('%j is a wrong code', (typed) => {
  expect(isRightAnswer('12345', typed)).toBe(false);
});
