import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { nameOrganisation } from '../../platform/base/organisation.sql.ts';
import { cleanLine } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import { passwordProblem } from '../staff/password.ts';
import type { PasswordProblem } from '../staff/password.ts';
import { hashPassword } from '../staff/passwords.ts';
import { addStaff } from '../staff/staff.sql.ts';
import { auditChange, invalid } from './administrator.ts';
import { USERNAME } from './members.ts';
import { nameProblem } from './names.ts';
import type { NameProblem } from './names.ts';
import { hasAdministrator, lockSetup } from './organisation.sql.ts';
import { cleanSetupCode, formatSetupCode } from './setup-code.ts';
import { addUnitRow, listUnitRows } from './units.sql.ts';

type LineProblem = Exclude<NameProblem, 'taken'>;

export interface SetupProblems {
  code?: 'wrong';
  organisation?: LineProblem;
  unit?: LineProblem;
  username?: 'malformed' | 'taken';
  password?: PasswordProblem;
}

export interface SetupFields {
  organisation: string;
  unit: string;
  username: string;
  password: string;
}

export type SetupResult =
  | { outcome: 'done'; unitId: string; staffId: string }
  | { outcome: 'set_up_already' }
  | { outcome: 'invalid'; fields: SetupProblems };

const BY_OPERATOR = { kind: 'operator', id: 'command line' } as const;
const ADMINISTRATOR = 'مدیر سامانه';

export const mayBeSetUp = async ({ db }: Pick<Deps, 'db'>): Promise<boolean> =>
  !(await hasAdministrator(db));

export const setUp = async (
  { db }: Pick<Deps, 'db'>,
  typed: SetupFields & { oneTimeHours?: number },
): Promise<SetupResult> => {
  const fields = {
    organisation: cleanLine(typed.organisation),
    unit: cleanLine(typed.unit),
    username: typed.username.trim().toLowerCase(),
    password: typed.password,
  };
  const problems = problemsOf(fields);
  if (await hasAdministrator(db)) return { outcome: 'set_up_already' };
  if (Object.keys(problems).length > 0) return invalid(problems);
  const passwordHash = await hashPassword(fields.password);
  const { oneTimeHours } = typed;
  return db.begin(async (tx): Promise<SetupResult> => {
    await lockSetup(tx);
    if (await hasAdministrator(tx)) return { outcome: 'set_up_already' };
    const member = {
      id: randomUUID(),
      username: fields.username,
      name: ADMINISTRATOR,
      role: 'admin' as const,
    };
    const added = await addStaff(tx, {
      ...member,
      passwordHash,
      totpSecret: null,
      unitIds: [],
      ...(oneTimeHours !== undefined && { oneTimeHours }),
    });
    if (!added) return invalid({ username: 'taken' });
    await nameOrganisation(tx, fields.organisation);
    const name = fields.organisation;
    await auditChange(tx, BY_OPERATOR, 'organisation_set_up', { name });
    const unitId = await ensureFirstUnit(tx, fields.unit);
    const { id: staffId, ...details } = member;
    const entry = { staffId, ...details, units: '', hasMobile: false };
    await auditChange(tx, BY_OPERATOR, 'staff_added', entry);
    return { outcome: 'done', unitId, staffId };
  });
};

/** The same in every process of a desk. It grants nothing once there is an administrator. */
export const setupCodeOf = (key: Uint8Array): string => formatSetupCode(key);

export const setUpInBrowser = async (
  deps: Deps,
  { code, ...typed }: SetupFields & { code: string },
): Promise<SetupResult> => {
  if (!(await mayBeSetUp(deps))) throw new DomainError('not_found');
  const expected = digest(setupCodeOf(deps.keys.setup));
  if (!timingSafeEqual(digest(cleanSetupCode(code)), expected)) return invalid({ code: 'wrong' });
  return setUp(deps, typed);
};

// The same length for every text that is typed.
const digest = (code: string): Buffer => createHash('sha256').update(code).digest();

const problemsOf = (typed: SetupFields): SetupProblems => {
  const organisation = nameProblem(typed.organisation);
  const unit = nameProblem(typed.unit);
  const password = passwordProblem(typed.password, [typed.username, typed.organisation]);
  return {
    ...(organisation && { organisation }),
    ...(unit && { unit }),
    ...(!USERNAME.test(typed.username) && { username: 'malformed' }),
    ...(password && { password }),
  };
};

const ensureFirstUnit = async (tx: Tx, name: string): Promise<string> => {
  const unit = await addUnitRow(tx, { id: randomUUID(), name });
  if (!unit) {
    const units = await listUnitRows(tx);
    return units.find((known) => known.name === name && known.retiredAt === null)?.id ?? '';
  }
  await auditChange(tx, BY_OPERATOR, 'unit_added', { unitId: unit.id, name: unit.name });
  return unit.id;
};
