import type { MemberFields } from '../../src/desk/administration/administration.ts';
import type { PostedForm } from '../http/form-reader.ts';

/** So many units of one member can be chosen on the page. */
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

/** Beyond what the record counts. */
const TOO_MANY_VERSIONS = 2 ** 31;

/** 0, which nothing has, for what is no version. */
export const versionOf = (form: PostedForm): number => {
  const version = Number(form.field('version'));
  return Number.isSafeInteger(version) && Math.abs(version) < TOO_MANY_VERSIONS ? version : 0;
};
