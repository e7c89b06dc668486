import type { Handle, Tx } from '../../platform/base/database.ts';
import type { FiredRung, Rung } from './rungs.ts';

interface LadderOf {
  letterId: string;
  round: number;
}

export const addFiredRung = async (
  tx: Tx,
  { letterId, round, rung, unitId, dueAt }: LadderOf & { rung: Rung; unitId: string; dueAt: Date },
): Promise<boolean> => {
  const rows = await tx`
    insert into deadline_rungs (letter_id, round, rung, unit_id, due_at)
    values (${letterId}, ${round}, ${rung}, ${unitId}, ${dueAt})
    on conflict (letter_id, round, rung) do nothing returning 1`;
  return rows.length === 1;
};

export const listRungsOfLetter = (db: Handle, letterId: string): Promise<FiredRung[]> =>
  db<FiredRung[]>`
    select r.rung, r.fired_at, u.name as unit
    from deadline_rungs r join units u on u.id = r.unit_id
    where r.letter_id = ${letterId} order by r.fired_at, r.due_at`;
