import type { Context } from 'hono';
import { listActiveReasons } from '../../src/desk/administration/stock-reasons.ts';
import { noteReader } from '../../src/desk/letters/presence.ts';
import { findStaffLetter, getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { getStaffQueue } from '../../src/desk/letters/staff-queue.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import type { FormReader, PostedForm } from '../http/form-reader.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { filtersOf, ownFilter, readPlace } from './queue-place.ts';
import type { StaffDraft } from './staff-letter.form.ts';
import { StaffLetterPage } from './staff-letter.page.tsx';
import { readViewerPlace } from './viewer.tsx';
import { listUnits } from '../../src/desk/administration/units.ts';

export interface LetterRouteDeps extends RouteDeps {
  cookies: Cookies;
  forms: FormReader;
}

export const queryOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams;

export const findVisible = async (
  deps: RouteDeps,
  {
    letterId,
    ...which
  }: { staff: StaffMember; letterId: string | null | undefined; from: string | undefined },
): Promise<StaffLetter | undefined> =>
  letterId ? findStaffLetter(deps, { letterId, ...which }) : undefined;

export const openedFrom = (form: PostedForm): URLSearchParams | undefined => {
  const opened = new URLSearchParams(form.field('queue'));
  return opened.has('filter') ? opened : undefined;
};

export const letterPage = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  draft: StaffDraft,
  opened: URLSearchParams | undefined = queryOf(c).has('filter') ? queryOf(c) : undefined,
) => {
  const { staff, view, from } = c.var;
  const [letter, units] = await Promise.all([
    getStaffLetter(deps, { staff, letterId: letterIdOf(c), from }),
    listUnits(deps),
  ]);
  const decidedId = queryOf(c).get('decided');
  const filters = filtersOf(staff);
  const place = readPlace(opened ?? new URLSearchParams(), filters, ownFilter(letter, filters));
  const [queue, decided, readers, reasons] = await Promise.all([
    getStaffQueue(deps, { staff, ...place }),
    findVisible(deps, { staff, letterId: decidedId === letter.id ? null : decidedId, from }),
    noteReader(deps, { staff, letterId: letter.id }),
    listActiveReasons(deps),
  ]);
  return page(
    <StaffLetterPage
      view={view}
      staff={staff}
      letter={letter}
      units={units.filter(({ retired, id }) => !retired || id === letter.unitId)}
      draft={draft}
      notice={c.req.query('notice')}
      {...{ readers, reasons, queue, place, decided, goesOn: opened !== undefined }}
      keys={deps.cookies.read(c, 'keys') !== 'off'}
      form={c.req.query('form')}
      reading={readViewerPlace((name) => c.req.query(name))}
    />,
  );
};

export const redrawLetter = async (
  deps: LetterRouteDeps,
  c: Context<StaffEnv>,
  form: PostedForm,
  {
    fields,
    problems,
    status = 422,
  }: { fields: string[]; problems: StaffDraft['problems']; status?: 409 | 422 },
) => {
  const values = Object.fromEntries(fields.map((id) => [id, form.field(id)]));
  return c.html(await letterPage(deps, c, { values, problems }, openedFrom(form)), status);
};
