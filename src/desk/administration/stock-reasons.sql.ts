import type { Handle } from '../../platform/base/database.ts';

export interface StockReasonRow {
  id: string;
  kind: 'reject' | 'return';
  text: string;
  retiredAt: Date | null;
  version: number;
}

export const listStockReasonRows = (db: Handle): Promise<StockReasonRow[]> =>
  db<StockReasonRow[]>`
    select id, kind, text, retired_at, version from stock_reasons
    order by retired_at is not null, kind, created_at, id`;

export const findStockReason = async (
  db: Handle,
  id: string,
): Promise<StockReasonRow | undefined> => {
  const [row] = await db<StockReasonRow[]>`
    select id, kind, text, retired_at, version from stock_reasons where id = ${id}`;
  return row;
};

export const countStockReasons = async (
  db: Handle,
  kind: StockReasonRow['kind'],
): Promise<number> => {
  const [row] = await db<{ reasons: number }[]>`
    select count(*)::int as reasons from stock_reasons
    where kind = ${kind} and retired_at is null`;
  return row?.reasons ?? 0;
};

export const addStockReason = async (
  db: Handle,
  { id, kind, text }: Pick<StockReasonRow, 'id' | 'kind' | 'text'>,
): Promise<boolean> => {
  const rows = await db`
    insert into stock_reasons (id, kind, text) values (${id}, ${kind}, ${text})
    on conflict (kind, text) where retired_at is null do nothing returning id`;
  return rows.length === 1;
};

export const changeStockReason = async (
  db: Handle,
  { id, text, version }: Pick<StockReasonRow, 'id' | 'text' | 'version'>,
): Promise<boolean> => {
  const rows = await db`
    update stock_reasons set text = ${text}, version = version + 1
    where id = ${id} and version = ${version} and retired_at is null returning id`;
  return rows.length === 1;
};

export const retireStockReason = async (
  db: Handle,
  { id, version }: Pick<StockReasonRow, 'id' | 'version'>,
): Promise<boolean> => {
  const rows = await db`
    update stock_reasons set retired_at = now(), version = version + 1
    where id = ${id} and version = ${version} and retired_at is null returning id`;
  return rows.length === 1;
};
