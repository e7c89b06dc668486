/**
 * The single range of a `Range` header (RFC 9110, 14.2), both ends included; iPhones play no sound
 * without it. `none`: send the whole, also for what is not understood.
 */
export const readByteRange = (
  header: string | undefined,
  length: number,
): { from: number; to: number } | 'none' | 'unsatisfiable' => {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'none';
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  // Ends before it begins, as it was asked for: no range at all.
  if (first !== '' && last !== '' && Number(last) < from) return 'none';
  return from > to ? 'unsatisfiable' : { from, to };
};
