/** Proves later that nothing up to this entry was changed, removed or inserted. */
export interface RegisterCheckpoint {
  /** ISO 8601, UTC. */
  at: string;
  register: string;
  /** Jalali; 0 for the audit trail. */
  year: number;
  /** Of the audit trail: the id of the last entry that `hash` covers. */
  serial: number;
  /** Lower-case hex SHA-256: of the entry; for the audit trail, over the hashes of all entries. */
  hash: string;
}

export const AUDIT_TRAIL = 'audit';

const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ([a-z0-9-]+) (\d{1,5}) (\d{1,15}) ([0-9a-f]{64})$/;

/** `2026-08-22T20:30:04.123Z main 1405 217 9f86d0…` */
export const formatCheckpoint = ({
  at,
  register,
  year,
  serial,
  hash,
}: RegisterCheckpoint): string => `${at} ${register} ${year} ${serial} ${hash}`;

export const parseCheckpoint = (line: string): RegisterCheckpoint | undefined => {
  const [, at = '', register = '', year = '', serial = '', hash = ''] = LINE.exec(line) ?? [];
  return at === '' ? undefined : { at, register, year: Number(year), serial: Number(serial), hash };
};
