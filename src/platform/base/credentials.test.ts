import { expect, test } from 'vitest';
import { credentialProblem, withoutCredentials } from './credentials.ts';

test('a password that would be read as another part of the address is named', () => {
  for (const password of ['p@ss', 'p#ss', 'p%ss', 'p/ss', 'p?ss', '12/34', '12@34', '#', 'a@b#c/d'])
    expect(credentialProblem(`postgres://user:${password}@host:5432/name`)).toContain(
      'percent-encode',
    );
});

test('an address with an encoded password, a query or none at all is taken', () => {
  for (const address of [
    'postgres://user:p%40s%23s%25%2F@host:5432/name',
    'postgres://user@host/name?sslmode=verify-full&options=-c%20a%3Db',
    'postgres://host/name',
    'postgres:///name?host=/run/postgresql',
    'webhook+https://key:secret@sms.example.org/send?from=100',
    'https://sms.example.org',
    'outbox:',
    'unix:/run/clamav/clamd.ctl',
    'tcp://[::1]:3310',
    '',
  ])
    expect(credentialProblem(address)).toBeUndefined();
});

test('credentials leave a quoted address, and the rest of it stays', () => {
  expect(withoutCredentials('no answer of postgres://user:pass@host:5432/name, again')).toBe(
    'no answer of postgres://[credentials]@host:5432/name, again',
  );
  expect(withoutCredentials('https://u:p@ss@host/')).toBe('https://[credentials]@host/');
  expect(withoutCredentials('mail a@b.example or see https://example.org/a@b')).toBe(
    'mail a@b.example or see https://example.org/a@b',
  );
});
