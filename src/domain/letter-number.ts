/**
 * A letter number by its register's template: `{year}` (four digits), `{yy}` (two), `{serial}`,
 * `{serial:5}` (padded with zeros). Example: `{year}/{serial}` gives `1405/123`.
 */
export const formatLetterNumber = (
  template: string,
  { year, serial }: { year: number; serial: number },
): string =>
  template
    .replaceAll('{year}', String(year))
    .replaceAll('{yy}', String(year % 100).padStart(2, '0'))
    .replace(/\{serial(?::(\d{1,2}))?\}/g, (_all, width?: string) =>
      String(serial).padStart(Number(width ?? 0), '0'),
    );
