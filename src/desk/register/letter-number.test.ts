import { expect, test } from 'vitest';
import { readLetterNumber, formatLetterNumber, templateProblem } from './letter-number.ts';

test.each([
  ['{year}/{serial}', 123, '1405/123'],
  ['{yy}-ص-{serial}', 7, '05-ص-7'],
  ['{year}/12/{serial:5}', 42, '1405/12/00042'],
  ['{serial:2}', 1234, '1234'],
  ['{serial}/{year}/د', 1, '1/1405/د'],
])('%s with serial %i gives %s', (template, serial, number) => {
  expect(formatLetterNumber(template, { year: 1405, serial })).toBe(number);
});

test.each(['{year}/{serial}', '{yy}-ص-{serial}', '{year}/12/{serial:5}', '{serial}/{year}/د'])(
  'a register may number by %s',
  (template) => {
    expect(templateProblem(template)).toBeUndefined();
  },
);

test.each([
  ['{year}/', /needs \{serial\} once/],
  ['{year}/{serial}/{serial}', /needs \{serial\} once/],
  ['{serial}', /needs \{year\} or \{yy\}/],
  ['{year}/{unit}/{serial}', /knows/],
  ['{year}/{serial:x}', /knows/],
  ['{year} {serial}', /no spaces/],
  ['{year}/\u202e{serial}', /invisible/],
  ['{year}/1{serial}', /digit/],
  [`{year}/{serial}/${'د'.repeat(40)}`, /at most 40/],
])('a register may not number by %s', (template, why) => {
  expect(templateProblem(template)).toMatch(why);
});

test.each([
  ['1405/5', ['1405/5', '5/1405']],
  ['۱۴۰۵/۵', ['1405/5', '5/1405']],
  ['\u200e۵/۱۴۰۵\u200e', ['5/1405', '1405/5']],
  ['1405 ⁄ ٥', ['1405/5', '5/1405']],
  ['１４０５／５', ['1405/5', '5/1405']],
  ['1405-00012', ['1405-00012']],
  ['درخواست', []],
  ['', []],
])('%j is read as the numbers %j', (typed, numbers) => {
  expect(readLetterNumber(typed)).toEqual(numbers);
});
