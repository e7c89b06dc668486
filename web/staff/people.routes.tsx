import { Hono } from 'hono';
import type { Context } from 'hono';
import { correctName } from '../../src/desk/people/correct-name.ts';
import { findPeople } from '../../src/desk/people/find-people.ts';
import { decideMove, proposeMove } from '../../src/desk/people/move-letters.ts';
import { openPerson } from '../../src/desk/people/open-person.ts';
import { ensureMayChange } from '../../src/desk/people/people-access.ts';
import { InternalText } from '../../src/platform/base/audience.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import { page } from '../components/layout.tsx';
import type { RouteDeps, StaffEnv } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import { readCorrection, readMove } from './people.form.ts';
import { PeoplePage } from './people.page.tsx';
import { PersonPage } from './person.page.tsx';
import { EMPTY_DRAFT } from './staff-letter.form.ts';
import type { StaffDraft } from './staff-letter.form.ts';

const LONGEST_SEARCH = 200;
const CONFIRM = '/staff/account/confirm?next=people';

interface PeopleRouteDeps extends RouteDeps {
  forms: FormReader;
}

export const createPeopleRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const routes = new Hono<StaffEnv>();
  const peopleDeps = { ...deps, forms };
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  routes.get('/', async (c) => {
    const { staff, view, from } = c.var;
    const search = cleanLine(c.req.query('q') ?? '').slice(0, LONGEST_SEARCH);
    const found = await findPeople(deps, { staff, search, from });
    return c.html(page(<PeoplePage {...{ view, staff, search, found }} />));
  });

  routes.get('/:person', (c) => showPerson(deps, c));
  // The address of a form that came back with problems, when it is opened again.
  for (const form of ['name', 'moves', 'move-decision'])
    routes.get(`/:person/${form}`, (c) => c.redirect(`/staff/people/${personIdOf(c)}`, 303));
  routes.post('/:person/name', postName(peopleDeps));
  routes.post('/:person/moves', postMove(peopleDeps));
  routes.post('/:person/move-decision', postMoveDecision(peopleDeps));
  return routes;
};

const personIdOf = (c: Context<StaffEnv>): string => {
  const id = c.req.param('person') ?? '';
  if (!isUuid(id)) throw new DomainError('not_found');
  return id;
};

const showPerson = async (
  deps: RouteDeps,
  c: Context<StaffEnv>,
  draft: StaffDraft = EMPTY_DRAFT,
) => {
  const { staff, view, from } = c.var;
  const person = await openPerson(deps, { staff, personId: personIdOf(c), from });
  const notice = c.req.query('notice');
  const isWrong = Object.keys(draft.problems).length > 0;
  const document = page(<PersonPage {...{ view, staff, person, draft, notice }} />);
  return c.html(document, isWrong ? 422 : 200);
};

const postName = (deps: PeopleRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const personId = personIdOf(c);
  ensureMayChange(staff);
  const { values, problems } = readCorrection(await readForm(deps, c), deps.site.limits, view);
  if (Object.keys(problems).length > 0) return showPerson(deps, c, { values, problems });
  const { nameBefore, name } = values;
  const reason = new InternalText(values.nameReason);
  const { letters } = await correctName(deps, { staff, personId, nameBefore, name, reason, from });
  const gone = { nameBefore: view.text.people.correction.problems.gone };
  return letters === 0
    ? showPerson(deps, c, { values, problems: gone })
    : c.redirect(`/staff/people/${personId}?notice=name_corrected`, 303);
};

const postMove = (deps: PeopleRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const personId = personIdOf(c);
  ensureMayChange(staff);
  if (!staff.proven) return c.redirect(CONFIRM, 303);
  const read = readMove(await readForm(deps, c), deps.site.limits, view);
  const { values, problems, mobile } = read;
  if (Object.keys(problems).length > 0) return showPerson(deps, c, { values, problems });
  const reason = new InternalText(values.moveReason);
  const { outcome } = await proposeMove(deps, { staff, personId, mobile, reason, from });
  if (outcome === 'proposed')
    return c.redirect(`/staff/people/${personId}?notice=move_proposed`, 303);
  const words = view.text.people.move.problems;
  const problem = outcome === 'open' ? words.open : words.same;
  return showPerson(deps, c, { values, problems: { newMobile: problem } });
};

const OUTCOMES = { approve: 'moved', refuse: 'refused', withdraw: 'withdrawn' } as const;

const isAct = (act: string): act is keyof typeof OUTCOMES => Object.hasOwn(OUTCOMES, act);

const postMoveDecision = (deps: PeopleRouteDeps) => async (c: Context<StaffEnv>) => {
  const { staff, view, from } = c.var;
  const personId = personIdOf(c);
  ensureMayChange(staff);
  const form = await readForm(deps, c);
  const act = form.field('act');
  const moveId = form.field('move');
  if (!isAct(act) || !isUuid(moveId)) throw new DomainError('not_found');
  if (act === 'approve' && !staff.proven) return c.redirect(CONFIRM, 303);
  const move = { staff, personId, moveId, outcome: OUTCOMES[act], from };
  const result = await decideMove(deps, move);
  if (result === 'old' || result === 'not_signed_in') {
    const problems = { move: view.text.people.move.obstacles[result] };
    return showPerson(deps, c, { values: {}, problems });
  }
  const notice = result === 'ended' ? `move_${act}` : 'move_late';
  return c.redirect(`/staff/people/${personId}?notice=${notice}`, 303);
};
