import type { Handle } from '../../platform/base/database.ts';

export const listTakenWork = async (db: Handle, ids: string[]): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select id from decisions where id = any(${ids}::uuid[]) and outcome is not null
    union all
    select id from unit_actions where id = any(${ids}::uuid[]) and outcome is not null`;
  return rows.map(({ id }) => id);
};
