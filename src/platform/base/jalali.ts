// By ICU. Instants are UTC; `timeZone` is the organisation's.
export interface JalaliDate {
  year: number;
  month: number;
  day: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

const formatterFor = (timeZone: string): Intl.DateTimeFormat => {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
};

export const toJalali = (instant: Date, timeZone: string): JalaliDate => {
  const parts = Object.fromEntries(
    formatterFor(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return { year: Number(parts.year), month: Number(parts.month), day: Number(parts.day) };
};

/** `1405/09/01`. */
export const formatJalaliDate = ({ year, month, day }: JalaliDate): string =>
  `${year}/${String(month).padStart(2, '0')}/${String(day).padStart(2, '0')}`;
