export interface ForeignCodes {
  count: number;
  from: Date;
  to: Date;
}

/** Fewer may be the person's own, requested in another browser. */
export const NOTICED_FOREIGN_CODES = 3;
