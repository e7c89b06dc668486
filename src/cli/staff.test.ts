import { expect, test } from 'vitest';
import { makePassword } from '../desk/staff/passwords.ts';
import { ensureGoodPassword } from './staff.ts';

test('a password of the operator is judged like one that a member chooses', () => {
  expect(() => ensureGoodPassword('short-one')).toThrow('A password has at least 12 characters.');
  for (const common of ['password1234', 'Mailcreated5240', 'qwertyuiop123', 'سلام سلام سلام'])
    expect(() => ensureGoodPassword(common)).toThrow('tried first');
  expect(() => ensureGoodPassword('gav-abi-19-parande-tond')).not.toThrow();
});

test('a password that the desk makes is always good', () => {
  for (let time = 0; time < 200; time += 1) ensureGoodPassword(makePassword());
  expect(makePassword()).toHaveLength(16);
});
