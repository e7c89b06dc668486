import type { AuditPage } from '../../src/usecases/administration.ts';

/** A cell that a spreadsheet would take for a formula begins with an apostrophe instead. */
const FORMULA = /^[\s]*[=+\-@\t\r]/;

const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

const HEADS = ['id', 'at', 'actor_kind', 'actor', 'action', 'letter_number', 'letter_id'];

/** RFC 4180, UTF-8 with the mark that spreadsheets look for; instants in UTC. */
export const auditTable = (lines: AuditPage['lines']): string =>
  [
    [...HEADS, 'details', 'fits'],
    ...lines.map((line) => [
      line.id,
      line.at.toISOString(),
      line.actorKind,
      line.actor,
      line.action,
      line.letterNumber,
      line.letterId,
      JSON.stringify(line.details),
      line.fits ? 'yes' : 'no',
    ]),
  ]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('')
    .replace(/^/, '\ufeff');
