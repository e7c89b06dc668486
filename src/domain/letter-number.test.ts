import { expect, test } from 'vitest';
import { formatLetterNumber } from './letter-number.ts';

test.each([
  ['{year}/{serial}', 123, '1405/123'],
  ['{yy}-ص-{serial}', 7, '05-ص-7'],
  ['{year}/12/{serial:5}', 42, '1405/12/00042'],
  ['{serial:2}', 1234, '1234'],
  ['{serial}/{year}/د', 1, '1/1405/د'],
])('%s with serial %i gives %s', (template, serial, number) => {
  expect(formatLetterNumber(template, { year: 1405, serial })).toBe(number);
});
