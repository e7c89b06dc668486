import { createHash } from 'node:crypto';
import { contrastWithWhite, parseColour, TEXT_CONTRAST } from '../../platform/base/colour.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { readOrganisation, saveOrganisation } from '../../platform/base/organisation.sql.ts';
import type { Organisation, OrganisationRow } from '../../platform/base/organisation.ts';
import { cleanLine } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import type { JobResult } from '../../platform/files/pool/jobs.ts';
import { discardFile } from '../../platform/files/receive-file.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import {
  administer,
  auditChange,
  DONE,
  ensureMayAdminister,
  ensureProven,
  invalid,
  STALE,
} from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';

export type BrandingProblem =
  | { problem: 'missing' | 'malformed' }
  | { problem: 'too_long'; most: number }
  | { problem: 'pale'; contrast: number };

export type BrandingProblems = Partial<Record<keyof Organisation, BrandingProblem>>;

export type LogoProblem = 'not_png' | 'too_big' | 'wrong_size' | 'broken' | 'not_scanned';

export const LOGO_LIMITS = { bytes: 200 * 1024, least: 64, most: 2000 };
const MOST_SIGNS = 120;
const MOST_ADDRESS = 300;
const PHONE = /^([+\d][\d\s()/-]{2,30})?$/;

export const readBranding = async ({ db }: Deps, staff: StaffMember): Promise<OrganisationRow> => {
  ensureMayAdminister(staff);
  return readOrganisation(db);
};

export const cleanBranding = (typed: Organisation): Organisation => {
  const names = Object.keys(typed) as (keyof Organisation)[];
  const clean = Object.fromEntries(
    names.map((name) => [name, cleanLine(typed[name])]),
  ) as unknown as Organisation;
  return {
    ...clean,
    colour: toLatinDigits(clean.colour).toLowerCase().replace(/^#?/, '#'),
    helpPhone: toLatinDigits(clean.helpPhone),
  };
};

export const checkBranding = (typed: Organisation): BrandingProblems => {
  const clean = cleanBranding(typed);
  const found = (Object.keys(clean) as (keyof Organisation)[]).map((name) => {
    const most = name.startsWith('address') ? MOST_ADDRESS : MOST_SIGNS;
    return [name, problemOf(name, clean[name], most)] as const;
  });
  return Object.fromEntries(found.filter(([, problem]) => problem !== undefined));
};

export const changeBranding = async (
  { db }: Deps,
  by: Administrator,
  { version, ...typed }: Organisation & { version: number },
): Promise<Administered<BrandingProblems>> => {
  ensureProven(by);
  const problems = checkBranding(typed);
  if (Object.keys(problems).length > 0) return invalid(problems);
  const clean = cleanBranding(typed);
  return administer(db, by, async (tx) => {
    const before = await readOrganisation(tx);
    if (!(await saveOrganisation(tx, { version, ...clean }))) return STALE;
    const changed = (Object.keys(clean) as (keyof Organisation)[]).filter(
      (name) => clean[name] !== before[name],
    );
    const describe = (of: Organisation): string =>
      changed.map((name) => `${name}: ${of[name]}`).join('\n');
    const details = { wordingBefore: describe(before), wording: describe(clean) };
    await auditChange(tx, by, 'organisation_changed', details);
    return DONE;
  });
};

/** Takes the received file over, and leaves nothing of it in the store. */
export const changeLogo = async (
  deps: Deps,
  by: Administrator,
  { file, version }: { file: StoredFile; version: number },
): Promise<Administered<LogoProblem>> => {
  ensureProven(by);
  try {
    if (file.type !== 'png') return invalid('not_png');
    if (file.bytes > LOGO_LIMITS.bytes) return invalid('too_big');
    if (file.scan === 'waiting') return invalid('not_scanned');
    const upload = await deps.files.read(file);
    const { colour } = await readOrganisation(deps.db);
    const { size, logo } = await drawnIdentity(deps, { logo: upload, colour }, `staff:${by.id}`);
    if (!size || !logo) return invalid('broken');
    const sides = [size.width, size.height];
    if (Math.min(...sides) < LOGO_LIMITS.least || Math.max(...sides) > LOGO_LIMITS.most)
      return invalid('wrong_size');
    return await saveLogo(deps, by, { logo: Buffer.from(logo), version });
  } finally {
    await discardFile(deps, file);
  }
};

export const removeLogo = async (
  deps: Deps,
  by: Administrator,
  version: number,
): Promise<Administered<LogoProblem>> => {
  ensureProven(by);
  return saveLogo(deps, by, { logo: null, version });
};

export const drawnIdentity = async (
  { filePool, config }: Pick<Deps, 'filePool' | 'config'>,
  { logo, colour }: Pick<OrganisationRow, 'logo' | 'colour'>,
  owner = 'operator',
): Promise<JobResult<'drawIdentity'>> => {
  const drawn = await filePool.run({
    name: 'drawIdentity',
    input: { logo: logo ?? undefined, colour },
    owner,
    limits: {
      cpuSeconds: config.limits.printSeconds,
      memoryBytes: config.limits.printMb * 1024 * 1024,
    },
  });
  if (drawn.how === 'costly') throw new DomainError('unavailable');
  return drawn.result;
};

const saveLogo = (
  { db }: Deps,
  by: Administrator,
  { logo, version }: { logo: Buffer | null; version: number },
): Promise<Administered<LogoProblem>> =>
  administer(db, by, async (tx) => {
    if (!(await saveOrganisation(tx, { version, logo }))) return STALE;
    const sha256 = logo === null ? null : createHash('sha256').update(logo).digest('hex');
    await auditChange(tx, by, 'logo_changed', { sha256 });
    return DONE;
  });

const problemOf = (
  name: keyof Organisation,
  value: string,
  most: number,
): BrandingProblem | undefined => {
  if (name === 'name' && value === '') return { problem: 'missing' };
  if ([...value].length > most) return { problem: 'too_long', most };
  if (name === 'helpPhone' && !PHONE.test(value)) return { problem: 'malformed' };
  return name === 'colour' ? colourProblem(value) : undefined;
};

const colourProblem = (hex: string): BrandingProblem | undefined => {
  const colour = parseColour(hex);
  if (!colour) return { problem: 'malformed' };
  const contrast = contrastWithWhite(colour);
  return contrast < TEXT_CONTRAST ? { problem: 'pale', contrast } : undefined;
};
