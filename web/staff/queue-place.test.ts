import { expect, test } from 'vitest';
import { FILTERS, neighboursOf, placeQuery, readPlace } from './queue-place.ts';

test('a place is read from the address that it was written to', () => {
  const unitId = '6f0a3c5e-1111-4222-8333-444455556666';
  const place = readPlace(
    new URLSearchParams({
      filter: 'closed',
      q: ' نامه ۱۲ ',
      unit: unitId,
      order: 'newest',
      page: '3',
    }),
    FILTERS,
  );
  expect(place).toEqual({ filter: 'closed', search: 'نامه ۱۲', unitId, order: 'newest', page: 3 });
  expect(readPlace(new URLSearchParams(placeQuery(place)), FILTERS)).toEqual(place);
});

test('what an address should not hold is left out', () => {
  const odd = 'filter=none&q=%00&unit=1&order=worst&page=-2';
  expect(readPlace(new URLSearchParams(odd), FILTERS)).toEqual({
    filter: 'pending',
    search: '',
    unitId: undefined,
    order: undefined,
    page: 1,
  });
});

test('beside a letter stand the one before and the one behind', () => {
  const letters = ['a', 'b', 'c'].map((id) => ({ id }));
  expect(neighboursOf(letters, 'b')).toEqual({ previous: 'a', next: 'c' });
  expect(neighboursOf(letters, 'gone')).toEqual({ previous: undefined, next: 'a' });
});
