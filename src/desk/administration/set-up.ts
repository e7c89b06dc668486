/** The first set-up: the organisation, its first unit, its first administrator. Possible once. */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Db } from '../../platform/base/database.ts';
import { hasAdministrator, lockSetup, saveOrganisationName } from './organisation.sql.ts';
import { addStaff } from '../staff/staff.sql.ts';
import { addUnit, listUnits } from './units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { passwordProblem } from '../staff/password.ts';
import type { PasswordProblem } from '../staff/password.ts';
import { cleanSetupCode, formatSetupCode } from './setup-code.ts';
import { cleanLine } from '../../platform/base/text.ts';
import { nameProblem, tellAdministration, USERNAME } from './members.ts';
import type { NameProblem } from './administration.ts';

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

/** @param options.oneTimeHours left out: the administrator has chosen the password and keeps it */
export const setUp = async (
  { db, hash }: { db: Db; hash: (password: string) => Promise<string> },
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
  if (Object.keys(problems).length > 0) return { outcome: 'invalid', fields: problems };
  const passwordHash = await hash(fields.password);
  const { username, organisation } = fields;
  return db.begin(async (tx) => {
    await lockSetup(tx);
    if (await hasAdministrator(tx)) return { outcome: 'set_up_already' as const };
    const id = randomUUID();
    const member = { id, username, name: ADMINISTRATOR, role: 'admin' as const };
    const { oneTimeHours } = typed;
    const added = await addStaff(tx, {
      ...member,
      passwordHash,
      totpSecret: null,
      unitIds: [],
      ...(oneTimeHours !== undefined && { oneTimeHours }),
    });
    if (!added) return { outcome: 'invalid' as const, fields: { username: 'taken' as const } };
    await saveOrganisationName(tx, organisation);
    await tellAdministration(tx, BY_OPERATOR, 'organisation_set_up', { name: organisation });
    const unit = await addUnit(tx, { id: randomUUID(), name: fields.unit });
    if (unit)
      await tellAdministration(tx, BY_OPERATOR, 'unit_added', { unitId: unit.id, name: unit.name });
    await tellAdministration(tx, BY_OPERATOR, 'staff_added', {
      staffId: id,
      username,
      name: member.name,
      role: member.role,
      units: '',
      hasMobile: false,
    });
    const unitId = unit?.id ?? (await findActiveUnit(tx, fields.unit));
    return { outcome: 'done' as const, unitId, staffId: id };
  });
};

const findActiveUnit = async (tx: Parameters<typeof listUnits>[0], name: string) =>
  (await listUnits(tx)).find((unit) => unit.name === name && unit.retiredAt === null)?.id ?? '';

/** The same for every process of a desk; it opens nothing once there is an administrator. */
export const setupCodeOf = (key: Uint8Array): string => formatSetupCode(key);

/** In the browser whoever has the code may; the same hash length for every text that is typed. */
export const createBrowserSetup = ({
  db,
  key,
  hash,
}: {
  db: Db;
  key: Uint8Array;
  hash: (password: string) => Promise<string>;
}): BrowserSetup => {
  const digest = (code: string): Buffer => createHash('sha256').update(code).digest();
  const expected = digest(setupCodeOf(key));
  const mayBeSetUp = async (): Promise<boolean> => !(await hasAdministrator(db));
  return {
    mayBeSetUp,
    async setUp({ code, ...typed }) {
      if (!(await mayBeSetUp())) throw new DomainError('not_found');
      if (!timingSafeEqual(digest(cleanSetupCode(code)), expected))
        return { outcome: 'invalid', fields: { code: 'wrong' } };
      return setUp({ db, hash }, typed);
    },
  };
};

export interface BrowserSetup {
  /** No administrator was ever added. */
  mayBeSetUp(): Promise<boolean>;
  /** @throws DomainError not_found when there is an administrator */
  setUp(typed: SetupFields & { code: string }): Promise<SetupResult>;
}
