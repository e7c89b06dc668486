/** Sign-in codes for a person's number that others asked for, and that nobody typed. */
export interface ForeignCodes {
  count: number;
  from: Date;
  to: Date;
}

/** Fewer may be a person's own, of another browser. */
export const NOTICED_FOREIGN_CODES = 3;
