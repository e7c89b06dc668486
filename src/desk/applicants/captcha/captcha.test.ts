import { expect, test } from 'vitest';
import { sharp } from '../../../platform/base/sharp.ts';
import { createCaptcha } from './captcha.ts';

const key = Buffer.alloc(32, 7);
const start = Date.UTC(2026, 10, 22);
const captchaAt = (now: number, { testCode = '', secret = key } = {}) =>
  createCaptcha({ key: secret, minutes: 10, testCode, now: () => now });
const captcha = captchaAt(start);

test('an id is read back with its answer and expiry, by any process with the key', () => {
  const { id } = captcha.issue();
  const challenge = captchaAt(start + 1000).read(id);
  expect(id).toMatch(/^[\w-]+$/);
  expect(challenge?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  expect(challenge?.answer).toMatch(/^[1-9]{5}$/);
  expect(challenge?.expiresAt).toEqual(new Date(start + 600_000));
});

test('ids and answers differ', () => {
  const ids = Array.from({ length: 50 }, () => captcha.issue().id);
  expect(new Set(ids).size).toBe(50);
  expect(new Set(ids.map((id) => captcha.read(id)?.answer)).size).toBeGreaterThan(45);
});

test('an id is dead after its minutes', async () => {
  const { id } = captcha.issue();
  expect(captchaAt(start + 599_999).read(id)).toBeDefined();
  expect(captchaAt(start + 600_000).read(id)).toBeUndefined();
  expect(await captchaAt(start + 600_000).draw(id)).toBeUndefined();
});

test('a forged id is nothing', async () => {
  const { id } = captcha.issue();
  const bytes = Buffer.from(id, 'base64url');
  const forged = [...bytes.keys()].map((at) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8((copy.readUInt8(at) + 1) % 256, at);
    return copy.toString('base64url');
  });
  forged.push('', 'x', id.slice(1), `${id}A`, `${id}=`, ` ${id}`, '../../etc/passwd', '🙂');
  expect(forged.filter((fake) => captcha.read(fake) !== undefined)).toEqual([]);
  expect(await captcha.draw(forged[0] ?? '')).toBeUndefined();
  expect(captchaAt(start, { secret: Buffer.alloc(32, 8) }).read(id)).toBeUndefined();
});

test('the picture is a small PNG of 200 by 72, the same for the same id', async () => {
  const { id } = captcha.issue();
  const picture = await captcha.draw(id);
  const { format, width, height } = await sharp(picture).metadata();
  expect({ format, width, height }).toEqual({ format: 'png', width: 200, height: 72 });
  expect(picture?.length).toBeLessThan(10_000);
  expect(await captcha.draw(id)).toEqual(picture);
  expect(await captcha.draw(captcha.issue().id)).not.toEqual(picture);
});

test('a picture and a sound are made once for each id, and another process makes the same', async () => {
  const { id } = captcha.issue();
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => captcha.draw(id)));
  for (const other of others) expect(other).toBe(first);
  expect(await captcha.speak(id, 'en')).toBe(await captcha.speak(id, 'en'));
  expect(await captchaAt(start).draw(id)).toEqual(first);
});

test('a code is read aloud in both languages, the same for the same id', async () => {
  const { id } = captcha.issue();
  const spoken = await captcha.speak(id, 'fa');
  expect(spoken?.toString('latin1', 0, 4)).toBe('RIFF');
  expect(await captcha.speak(id, 'fa')).toEqual(spoken);
  expect(await captcha.speak(id, 'en')).not.toEqual(spoken);
  expect(await captcha.speak(captcha.issue().id, 'fa')).not.toEqual(spoken);
  expect(await captcha.speak(`${id}A`, 'fa')).toBeUndefined();
  expect(await captchaAt(start + 600_000).speak(id, 'fa')).toBeUndefined();
});

test('the test code is the answer to every id', async () => {
  const testing = captchaAt(start, { testCode: '12345' });
  const { id } = testing.issue();
  expect(testing.read(id)?.answer).toBe('12345');
  expect(await testing.draw(id)).toBeInstanceOf(Buffer);
});

test.each(['12345', '۱۲۳۴۵', '١٢٣٤٥', '１２３４５', ' 1 2 3 4 5 ', '۱۲-۳۴۵', '\u202a۱۲۳۴۵\u202c'])(
  '%j is the right code',
  (typed) => {
    expect(captcha.matches('12345', typed)).toBe(true);
  },
);

test.each(['', '1234', '123456', '12346', '54321', 'abcde'])('%j is a wrong code', (typed) => {
  expect(captcha.matches('12345', typed)).toBe(false);
});
