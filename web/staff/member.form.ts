import type { MemberFields } from '../../src/desk/administration/members.ts';
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
