import type { Handle, Tx } from './database.ts';
import type { Organisation, OrganisationRow } from './organisation.ts';

export const readOrganisation = async (db: Handle): Promise<OrganisationRow> => {
  const [row] = await db<OrganisationRow[]>`
    select name, name_en, colour, logo, logo_text, logo_text_en, help_phone, help_hours,
      help_hours_en, address, address_en, version
    from organisation`;
  if (!row) throw new Error('the row of the organisation is gone');
  return row;
};

export const readOrganisationName = async (db: Handle): Promise<string> => {
  const [row] = await db<{ name: string }[]>`select name from organisation`;
  return row?.name ?? '';
};

export const readOrganisationVersion = async (db: Handle): Promise<number> => {
  const [row] = await db<{ version: number }[]>`select version from organisation`;
  return row?.version ?? 0;
};

export const saveOrganisation = async (
  tx: Tx,
  {
    version,
    ...values
  }: Partial<Organisation & Pick<OrganisationRow, 'logo'>> & { version: number },
): Promise<boolean> => {
  const rows = await tx`
    update organisation set ${tx(values)}, version = version + 1
    where version = ${version} returning 1`;
  return rows.length === 1;
};

export const nameOrganisation = async (tx: Tx, name: string): Promise<void> => {
  await tx`update organisation set name = ${name}, version = version + 1`;
};
