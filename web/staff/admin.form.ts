import type { MemberFields } from '../../src/desk/administration/administration.ts';
import type { PostedForm } from '../http/form-reader.ts';

export const MOST_UNITS = 6;

export const unitFieldId = (index: number): string => `unit${index + 1}`;

export const readMember = (form: PostedForm): MemberFields & { username: string } => ({
  username: form.field('username'),
  name: form.field('name'),
  role: form.field('role'),
  mobile: form.field('mobile'),
  unitIds: Array.from({ length: MOST_UNITS }, (_, index) => form.field(unitFieldId(index))).filter(
    (id) => id !== '',
  ),
});

// Beyond the column's type.
const TOO_MANY_VERSIONS = 2 ** 31;

/** 0, which no row has, for anything that is no version. */
export const versionOf = (form: PostedForm): number => {
  const version = Number(form.field('version'));
  return Number.isSafeInteger(version) && Math.abs(version) < TOO_MANY_VERSIONS ? version : 0;
};
