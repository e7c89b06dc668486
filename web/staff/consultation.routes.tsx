import type { Context, Hono } from 'hono';
import type { ActOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import { MAX_CONSULTATION_DAYS } from '../../src/desk/letters/consultations.ts';
import { InternalText } from '../../src/platform/base/audience.ts';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import type { Problems } from '../components/error-summary.tsx';
import type { StaffEnv } from '../env.ts';
import type { PostedForm } from '../http/form-reader.ts';
import type { View } from '../view.ts';
import { CONSULT_ROWS, daysFieldId, unitFieldId } from './consultation-forms.tsx';
import { redrawLetter } from './show-letter.tsx';
import type { LetterRouteDeps } from './show-letter.tsx';
import { readText } from './staff-letter.form.ts';
import { readForm } from '../route-parts.ts';
import { act, actOrRedraw, actWithText, codeOf } from './unit-actions.routes.tsx';

export const addConsultationRoutes = (routes: Hono<StaffEnv>, deps: LetterRouteDeps): void => {
  routes.post('/:id/consultations', consult(deps));
  routes.post('/:id/consultation-withdrawal', withdrawConsultation(deps));
  routes.post('/:id/opinions', opine(deps));
};

type ConsultedUnit = Extract<ActOnLetter['action'], { kind: 'consult' }>['units'][number];

const FIELDS = [
  ...CONSULT_ROWS.flatMap((row) => [unitFieldId(row), daysFieldId(row)]),
  'consultText',
];

const readUnits = (
  form: PostedForm,
  view: View,
): { units: ConsultedUnit[]; problems: Problems } => {
  const words = view.text.consultation;
  const units: ConsultedUnit[] = [];
  const problems: Problems = {};
  for (const row of CONSULT_ROWS) {
    const unitId = form.field(unitFieldId(row));
    if (unitId === '') continue;
    const typed = toLatinDigits(cleanLine(form.field(daysFieldId(row))));
    const workingDays = /^\d{1,3}$/.test(typed) ? Number(typed) : 0;
    if (workingDays < 1 || workingDays > MAX_CONSULTATION_DAYS)
      problems[daysFieldId(row)] = words.daysWrong(view.digits(MAX_CONSULTATION_DAYS));
    if (!isUuid(unitId)) problems[unitFieldId(row)] = words.unitMissing;
    else if (units.some((one) => one.unitId === unitId))
      problems[unitFieldId(row)] = words.unitTwice;
    units.push({ unitId, workingDays });
  }
  if (units.length === 0) problems[unitFieldId(1)] = words.unitMissing;
  return { units, problems };
};

const consult = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const { view } = c.var;
  const words = view.text.consultation;
  const form = await readForm(deps, c);
  const asked = readUnits(form, view);
  const read = readText(form, 'consultText', words.textMissing, deps.site.limits, view);
  const problems = { ...asked.problems, ...read.problems };
  if (Object.keys(problems).length > 0)
    return redrawLetter(deps, c, form, { fields: FIELDS, problems });
  const note = new InternalText(read.text);
  const action = { kind: 'consult', units: asked.units, note } as const;
  try {
    return await actOrRedraw(deps, c, form, { action, fields: FIELDS });
  } catch (error) {
    if (codeOf(error) !== 'unit_not_available') throw error;
    const gone = { [unitFieldId(1)]: words.unitGone };
    return redrawLetter(deps, c, form, { fields: FIELDS, problems: gone });
  }
};

const withdrawConsultation = (deps: LetterRouteDeps) => async (c: Context<StaffEnv>) => {
  const form = await readForm(deps, c);
  return act(deps, c, form, { kind: 'unconsult', consultationId: form.field('consultation') });
};

const opine = (deps: LetterRouteDeps) =>
  actWithText(
    deps,
    'opinion',
    (text) => text.consultation.opinionMissing,
    (text, form) => ({
      kind: 'opine',
      consultationId: form.field('consultation'),
      note: new InternalText(text),
    }),
  );
