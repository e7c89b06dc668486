import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { SETTINGS } from './settings.ts';
import { OperatorError } from './platform/base/errors.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_ORIGIN: 'https://desk.example.org',
  SECRET_KEY: 'a secret of more than thirty-two characters',
  SMS_URL: 'webhook+https://sms.example.org/send',
};

const problemsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError);
    return (error as Error).message;
  }
};

test('production starts with a secret and a gateway, and then needs a second factor', () => {
  const config = readConfig(PRODUCTION);
  expect(config.STAFF_SECOND_FACTOR).toBe('required');
  expect(config.RATE_LIMITS).toBe('on');
  expect(config.trustedProxies).toEqual([]);
});

test('production refuses everything that is only good for trying out, all at once', () => {
  const problems = problemsOf({
    NODE_ENV: 'production',
    CAPTCHA_TEST_CODE: '12345',
    RATE_LIMITS: 'off',
    STAFF_SECOND_FACTOR: 'off',
  });
  for (const name of [
    'CAPTCHA_TEST_CODE',
    'RATE_LIMITS',
    'SMS_URL',
    'STAFF_SECOND_FACTOR',
    'SECRET_KEY_FILE',
  ])
    expect(problems).toContain(`${name}: `);
});

test('a short secret is refused', () => {
  expect(problemsOf({ SECRET_KEY: 'secret' })).toContain('SECRET_KEY: must have at least 32');
});

test('trusted proxies are addresses and ranges, and nothing else', () => {
  const read = (list: string): string[] => readConfig({ TRUSTED_PROXY: list }).trustedProxies;
  expect(read('')).toEqual([]);
  expect(read('10.0.0.1, 10.1.0.0/16 2001:db8::/32')).toEqual([
    '10.0.0.1',
    '10.1.0.0/16',
    '2001:db8::/32',
  ]);
  for (const wrong of ['proxy.internal', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '*', '1.2.3'])
    expect(problemsOf({ TRUSTED_PROXY: wrong })).toContain('TRUSTED_PROXY: must be IP addresses');
});

const MARKER = 'Zq7-marker-of-a-secret';

test('the value of a setting that is a secret, or may hold one, is never printed', () => {
  const wrong = (name: string): string[] => [
    MARKER,
    `no-address ${MARKER}`,
    `ftp://user:${MARKER}@host/x`,
    `postgres://user:${MARKER}@ss@host/x`,
    `webhook+https://user:${MARKER}#1@host/x`,
    `https://user:${MARKER}@host/a b`,
    `${name}=${MARKER}\u0000`,
  ];
  const secrets = Object.entries<{ doc: string; secret?: true }>(SETTINGS).filter(
    ([, { secret }]) => secret,
  );
  expect(secrets.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'DATABASE_URL',
      'SMS_URL',
      'SECRET_KEY',
      'SMS_RECEIPTS_SECRET',
      'OIDC_CLIENT_SECRET',
      'CLAMD_URL',
    ]),
  );
  for (const [name] of secrets)
    for (const value of wrong(name))
      for (const more of [{}, { NODE_ENV: 'production' }, { PORT: 'wrong' }]) {
        const problems = problemsOf({ ...more, [name]: value });
        expect(problems).not.toContain(MARKER);
        expect(problems).not.toContain('Zq7');
      }
  expect(problemsOf({ TEMPORAL_API_KEY: `${MARKER}\n` })).toBe(
    'Settings that are wrong:\n  TEMPORAL_API_KEY: may hold printable ASCII characters only',
  );
});

test('a password that makes another address of DATABASE_URL is refused with the remedy', () => {
  for (const password of ['p@ss', 'p#ss', 'p%ss', 'p/ss'])
    expect(problemsOf({ DATABASE_URL: `postgres://desk:${password}@host:5432/desk` })).toMatch(
      /DATABASE_URL: percent-encode the user name and the password/,
    );
  expect(problemsOf({ DATABASE_URL: 'postgres://desk:p%40s%23@host:5432/desk' })).toBe('');
});

test('an address that cannot be one is refused as such, and not for its password', () => {
  for (const wrong of ['postgres://desk:x@host:99999/desk', 'postgres://[host/desk'])
    expect(problemsOf({ DATABASE_URL: wrong })).toMatch(/DATABASE_URL: must be an address/);
});

test('the address of the engine is a host and a port', () => {
  for (const wrong of ['https://temporal.example.org', 'a b', 'host:port', 'user:pw@host:7233'])
    expect(problemsOf({ TEMPORAL_ADDRESS: wrong })).toContain('TEMPORAL_ADDRESS: must be like');
  for (const right of ['temporal', 'temporal.example.org:7233', '[::1]:7233', '10.0.0.1:7233'])
    expect(problemsOf({ TEMPORAL_ADDRESS: right })).toBe('');
});

test('a port that cannot be one is refused, also one that follows from another', () => {
  for (const [name, port] of [
    ['POSTGRES_PORT', '0'],
    ['TEMPORAL_PORT', '99999'],
    ['TEMPORAL_UI_PORT', '65536'],
  ] as const)
    expect(problemsOf({ [name]: port })).toContain(`${name}: must be from 1 to 65535`);
  expect(problemsOf({ PORT: '65534' })).toContain('must differ, up to 65535 (got 65534, 65537');
  expect(problemsOf({ PORT: '65534', DATABASE_URL: 'postgres://h/d', TEMPORAL_ADDRESS: 'h' })).toBe(
    '',
  );
});

test('single limits are replaced, and a wrong one is named', () => {
  const { limits } = readConfig({ LIMITS: 'codeMinutes=10 sweepMinutes=0' });
  expect(limits).toMatchObject({ codeMinutes: 10, sweepMinutes: 0, codeTries: 5 });
  const refused = (text: string) => () => readConfig({ LIMITS: text });
  expect(refused('codeMinuts=10')).toThrow(/LIMITS: "codeMinuts" is no limit/);
  expect(refused('codeMinutes=0')).toThrow(/LIMITS: codeMinutes must be a whole number from 1/);
  expect(refused('codeMinutes')).toThrow(/LIMITS: codeMinutes must be a whole number/);
});
