import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Db } from '../platform/base/database.ts';
import { saveOrganisation } from '../platform/base/organisation.sql.ts';
import { addStaff, listStaff } from '../desk/staff/staff.sql.ts';
import { addStockReason } from '../desk/administration/stock-reasons.sql.ts';
import type { StockReasonRow } from '../desk/administration/stock-reasons.sql.ts';
import { addUnitRow, listUnitRows } from '../desk/administration/units.sql.ts';
import { hashPassword, makePassword } from '../desk/staff/passwords.ts';

export interface SampleAccount {
  username: string;
  password: string;
  role: string;
  unit?: string;
}

const UNITS = ['امور حقوقی', 'امور مالی', 'روابط عمومی', 'فناوری اطلاعات'];
const STAFF = [
  { username: 'reviewer', name: 'کارشناس دبیرخانه', role: 'reviewer' },
  { username: 'clerk', name: 'کارشناس امور حقوقی', role: 'unit', unit: 'امور حقوقی' },
  { username: 'admin', name: 'مدیر سامانه', role: 'admin' },
] as const;

const REASONS: Record<StockReasonRow['kind'], string[]> = {
  reject: [
    'رسیدگی به این درخواست در صلاحیت این سازمان نیست.',
    'همین درخواست پیش‌تر ثبت شده و در حال رسیدگی است.',
    'درخواست به نام شخص دیگری است و نشانی از نمایندگی در آن نیست.',
  ],
  return: [
    'نامه امضا ندارد؛ نامه‌ی امضاشده را بفرستید.',
    'فایل ناخواناست؛ تصویر روشن‌تری بفرستید.',
    'پیوستی که در نامه از آن یاد شده، فرستاده نشده است.',
    'شماره‌ی ملی یا شناسه‌ی ملی فرستنده در نامه نیامده است.',
  ],
};

/** The prefix 0000 is unassigned. */
const IDENTITY = {
  nameEn: 'Sample Organisation',
  helpPhone: '021-0000 0000',
  helpHours: 'شنبه تا چهارشنبه، ۸ تا ۱۵',
  helpHoursEn: 'Saturday to Wednesday, 8:00 to 15:00',
  address: 'تهران، خیابان نمونه، شماره‌ی ۱',
  addressEn: '1 Sample Street, Tehran',
};

export const ensureSampleOrganisation = async (
  db: Db,
  dataDir: string,
): Promise<SampleAccount[]> => {
  const file = path.join(dataDir, 'sample-accounts.json');
  if ((await listUnitRows(db)).length > 0 || (await listStaff(db)).length > 0) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as SampleAccount[];
    } catch {
      return [];
    }
  }
  const accounts = STAFF.map((member) => ({ ...member, password: makePassword() }));
  const hashes = await Promise.all(accounts.map(({ password }) => hashPassword(password)));
  const printed = accounts.map(({ name: _name, ...account }) => account);
  writeFileSync(file, `${JSON.stringify(printed, null, 2)}\n`, { mode: 0o600 });
  await db.begin(async (tx) => {
    await saveOrganisation(tx, { version: 1, ...IDENTITY });
    const unitIds = new Map<string, string>();
    for (const name of UNITS) {
      const id = randomUUID();
      await addUnitRow(tx, { id, name });
      unitIds.set(name, id);
    }
    for (const kind of ['reject', 'return'] as const)
      for (const text of REASONS[kind]) await addStockReason(tx, { id: randomUUID(), kind, text });
    for (const [index, { username, name, role, ...rest }] of accounts.entries()) {
      const unitId = 'unit' in rest ? unitIds.get(rest.unit) : undefined;
      await addStaff(tx, {
        id: randomUUID(),
        username,
        name,
        role,
        passwordHash: hashes[index] ?? '',
        totpSecret: null,
        unitIds: unitId ? [unitId] : [],
      });
    }
  });
  return printed;
};
