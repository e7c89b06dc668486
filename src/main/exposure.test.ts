import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { exposureWarning } from './exposure.ts';

const warningOf = (env: Record<string, string>): string | null => exposureWarning(readConfig(env));

test('a desk for trying out that other machines reach says so in one line', () => {
  expect(warningOf({ HOST: '0.0.0.0' })).toMatch(/^HOST 0\.0\.0\.0: .*\/dev\/outbox answers this/);
  const all = warningOf({ HOST: '::', CAPTCHA_TEST_CODE: '12345', RATE_LIMITS: 'off' });
  for (const word of ['/dev/outbox', 'CAPTCHA_TEST_CODE', 'RATE_LIMITS'])
    expect(all).toContain(word);
  expect(all).not.toContain('12345');
  expect(all).not.toContain('\n');
});

test('a desk on loopback, or without what is only good for trying out, says nothing', () => {
  for (const HOST of ['127.0.0.1', '::1', 'localhost']) expect(warningOf({ HOST })).toBeNull();
  expect(
    warningOf({ HOST: '0.0.0.0', SMS_URL: 'webhook+https://sms.example.org/send' }),
  ).toBeNull();
});
