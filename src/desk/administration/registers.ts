import type { Tx } from '../../platform/base/database.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { toJalali } from '../../platform/base/jalali.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { formatLetterNumber, mayCollide, templateProblem } from '../register/letter-number.ts';
import { AUDIT_TRAIL } from '../register/register-checkpoint.ts';
import {
  addRegister,
  assignRegister,
  changeRegister,
  findLastEntry,
  firstSerialOf,
  listRegisters,
  lockRegister,
} from '../register/register.sql.ts';
import type { Register, RegisterSummary } from '../register/register.sql.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { administer, auditChange, DONE, ensureMayAdminister, invalid } from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';

type RegisterDeps = Pick<Deps, 'db' | 'config'>;

export interface AdministeredRegister extends RegisterSummary {
  nextNumber: string;
  /** It has entries of this year, so template and first serial stay as they are. */
  isFixed: boolean;
}

export interface TypedRegister {
  id: string;
  template: string;
  firstSerial: string;
}

export interface RegisterProblems {
  id?: 'malformed' | 'taken';
  /** `taken`: two letters would have one number; `fixed`: there are entries of this year. */
  template?: 'malformed' | 'taken' | 'fixed';
  firstSerial?: 'malformed';
}

const REGISTER_ID = /^[a-z0-9][a-z0-9-]{0,30}$/;
export const MAX_SERIAL = 1_000_000_000;

const yearNow = ({ config }: Pick<Deps, 'config'>): number =>
  toJalali(new Date(), config.ORG_TIME_ZONE).year;

const describe = (register: RegisterSummary, year: number): AdministeredRegister => {
  const isFixed = register.last?.year === year;
  const serial =
    isFixed && register.last ? register.last.serial + 1 : firstSerialOf(register, year);
  const nextNumber = formatLetterNumber(register.template, { year, serial });
  return { ...register, nextNumber, isFixed };
};

export const describeRegisters = async (deps: RegisterDeps): Promise<AdministeredRegister[]> => {
  const year = yearNow(deps);
  return (await listRegisters(deps.db)).map((register) => describe(register, year));
};

export const listAdministeredRegisters = (
  deps: RegisterDeps,
  staff: StaffMember,
): Promise<AdministeredRegister[]> => {
  ensureMayAdminister(staff);
  return describeRegisters(deps);
};

const readRegister = (
  deps: RegisterDeps,
  typed: TypedRegister,
): { register: Register; year: number; problems: RegisterProblems } => {
  const year = yearNow(deps);
  const serial = toLatinDigits(typed.firstSerial).trim();
  const firstSerial = serial === '' ? 1 : Number(/^\d{1,10}$/.test(serial) ? serial : NaN);
  const isSerial = firstSerial >= 1 && firstSerial <= MAX_SERIAL;
  const template = typed.template.trim();
  const id = typed.id.trim();
  return {
    year,
    register: { id, template, firstSerial, firstSerialYear: firstSerial === 1 ? null : year },
    problems: {
      ...((!REGISTER_ID.test(id) || id === AUDIT_TRAIL) && { id: 'malformed' }),
      ...(templateProblem(template) !== undefined && { template: 'malformed' }),
      ...(!isSerial && { firstSerial: 'malformed' }),
    },
  };
};

export const previewNumber = (deps: RegisterDeps, typed: TypedRegister): string | undefined => {
  const { register, year, problems } = readRegister(deps, { ...typed, id: 'preview' });
  if (Object.keys(problems).length > 0) return undefined;
  return formatLetterNumber(register.template, { year, serial: register.firstSerial });
};

export const addRegisterBook = async (
  deps: RegisterDeps,
  by: Administrator,
  typed: TypedRegister,
): Promise<Administered<RegisterProblems>> => {
  const { register, problems } = readRegister(deps, typed);
  if (Object.keys(problems).length > 0) return invalid(problems);
  return administer(deps.db, by, async (tx) => {
    if (await hasCollision(tx, register)) return invalid({ template: 'taken' });
    if (!(await addRegister(tx, register))) return invalid({ id: 'taken' });
    await auditChange(tx, by, 'register_added', { ...register });
    return DONE;
  });
};

/** An empty first serial stays as it is. @throws DomainError not_found */
export const changeRegisterBook = async (
  deps: RegisterDeps,
  by: Administrator,
  typed: TypedRegister,
): Promise<Administered<RegisterProblems>> => {
  const { register, year, problems } = readRegister(deps, typed);
  if (Object.keys(problems).length > 0) return invalid(problems);
  return administer(deps.db, by, async (tx) => {
    const before = await lockRegister(tx, register.id);
    if (!before) throw new DomainError('not_found');
    if ((await findLastEntry(tx, register.id))?.year === year)
      return invalid({ template: 'fixed' });
    if (await hasCollision(tx, register)) return invalid({ template: 'taken' });
    const { firstSerial, firstSerialYear } = typed.firstSerial.trim() === '' ? before : register;
    const changed = { ...register, firstSerial, firstSerialYear };
    await changeRegister(tx, changed);
    await auditChange(tx, by, 'register_changed', changed);
    return DONE;
  });
};

export const assignUnitRegister = (
  { db }: RegisterDeps,
  by: Administrator,
  { unitId, register }: { unitId: string; register: string },
): Promise<void> =>
  administer(db, by, async (tx) => {
    if (!(await lockRegister(tx, register))) throw new DomainError('not_found');
    if (!isUuid(unitId) || !(await assignRegister(tx, { unitId, register })))
      throw new DomainError('not_found');
    await auditChange(tx, by, 'register_assigned', { unitId, register });
  });

const hasCollision = async (tx: Tx, register: Register): Promise<boolean> =>
  (await listRegisters(tx)).some((other) => mayCollide(register, other));
