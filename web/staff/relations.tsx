import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { RelationFields } from '../components/relation-fields.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';
import { holds } from './unit-forms.tsx';

const mayRelate = (staff: StaffMember, letter: StaffLetter): boolean =>
  staff.role !== 'auditor' &&
  letter.erasedAt === null &&
  (!isOfUnit(staff) || (letter.status === 'approved' && holds(staff, letter)));

interface RelationFormProps {
  view: View;
  staff: StaffMember;
  letter: StaffLetter;
  draft: StaffDraft;
}

export const RelationForm = ({ view, staff, letter, draft }: RelationFormProps) => {
  if (!mayRelate(staff, letter)) return null;
  const words = view.text.related;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/related`;
  const isWanted = [values, problems].some(
    ({ reference, sequel }) => reference !== undefined || sequel !== undefined,
  );
  return (
    <section class="card no-print" aria-labelledby="relate">
      <h2 id="relate">{words.addHeading}</h2>
      <details class="fold" open={isWanted || view.kept?.path === href}>
        <summary>{words.add}</summary>
        <form method="post" action={href} novalidate>
          <RelationFields view={view} values={values} problems={problems} />
          <button type="submit" class="button button--secondary">
            {words.submit}
          </button>
        </form>
      </details>
    </section>
  );
};
