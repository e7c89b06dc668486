/** In the order of their ladder. Each is also the action of its entry in the audit trail. */
export const RUNGS = ['reminded', 'overdue', 'escalated'] as const;
export type Rung = (typeof RUNGS)[number];

export interface FiredRung {
  rung: Rung;
  firedAt: Date;
  /** That had the letter. */
  unit: string;
}
