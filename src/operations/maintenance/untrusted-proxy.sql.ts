import type { Handle } from '../../platform/base/database.ts';

export const addUntrustedProxy = async (db: Handle, address: string): Promise<void> => {
  await db`
    insert into untrusted_proxy (address) values (${address})
    on conflict (only_row) do update set address = excluded.address, at = now()`;
};

export const findUntrustedProxy = async (
  db: Handle,
): Promise<{ address: string; at: Date } | undefined> => {
  const [row] = await db<{ address: string; at: Date }[]>`
    select address, at from untrusted_proxy where at > now() - interval '1 day'`;
  return row;
};
