/**
 * The newest entry of a register at one moment, as it is published. It proves later that nothing up to
 * there was changed, removed or inserted.
 */
export interface RegisterCheckpoint {
  /** ISO 8601, UTC. */
  at: string;
  /** A register's id, or `AUDIT_TRAIL`. */
  register: string;
  /** Jalali; 0 for the audit trail. */
  year: number;
  /** Of the audit trail: the id of the last entry that `hash` is over. */
  serial: number;
  /** Lower-case hex SHA-256: the entry's own; of the audit trail, over the hashes of all entries. */
  hash: string;
}

/** Stands for the audit trail; no register may have this id. */
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
