/** In the order of the ladder. Each is also an action of the audit trail. */
export const RUNGS = ['reminded', 'overdue', 'escalated'] as const;
export type Rung = (typeof RUNGS)[number];

export interface FiredRung {
  rung: Rung | 'consultation_overdue';
  firedAt: Date;
  unit: string;
}
