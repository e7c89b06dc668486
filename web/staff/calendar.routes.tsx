import { Hono } from 'hono';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { toJalali } from '../../src/platform/base/jalali.ts';
import type { Administered } from '../../src/desk/administration/administrator.ts';
import {
  addCalendarDay,
  addSolarHolidays,
  CALENDAR_YEARS,
  changeWorkingHours,
  readWorkingCalendar,
  removeCalendarDay,
} from '../../src/desk/administration/working-calendar.ts';
import type { DayProblems, HoursProblems } from '../../src/desk/administration/working-calendar.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { administratorsOnly, versionOf } from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { opensField, readDay, readWeek } from './calendar.form.ts';
import { CalendarPage, type CalendarPageProps } from './calendar.page.tsx';

const HOME = '/staff/admin/calendar';
const FORMS = ['hours', 'days', 'solar', 'removal'];
const GREGORIAN_DAY = /^\d{4}-\d{2}-\d{2}$/;
const SATURDAY = 6;

export const createCalendarRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const adminOnly = administratorsOnly(parts);
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get('/', (c) => showCalendar(parts, c));
  for (const form of FORMS) routes.get(`/${form}`, adminOnly, (c) => c.redirect(HOME, 303));
  routes.post('/hours', adminOnly, (c) => postHours(parts, c));
  routes.post('/days', adminOnly, (c) => postDay(parts, c));
  routes.post('/solar', adminOnly, (c) => postSolarHolidays(parts, c));
  routes.post('/removal', adminOnly, (c) => postRemoval(parts, c));
  return routes;
};

const showCalendar = async (parts: RouteParts, c: AdminContext) => {
  const year = yearIn(parts, c.req.query('year'));
  return c.html(await calendarPage(parts, c, { year, notice: c.req.query('notice') }));
};

const postHours = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const week = readWeek(form);
  const changed = { week, version: versionOf(form) };
  const result = await changeWorkingHours(parts.deps, c.var.by, changed);
  const words = c.var.view.text.admin.calendar.problems;
  const problems = ({ weekdays = [], week: none }: HoursProblems) => ({
    ...Object.fromEntries(weekdays.map((weekday) => [opensField(weekday), words.hours])),
    ...(none && { [opensField(SATURDAY)]: words.noWeek }),
  });
  const year = yearIn(parts, form.field('year'));
  return answer(parts, c, result, { notice: 'hours_changed', year, typedWeek: week, problems });
};

const postDay = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const typedDay = readDay(form);
  const added = { ...typedDay, version: versionOf(form) };
  const result = await addCalendarDay(parts.deps, c.var.by, added);
  const words = c.var.view.text.admin.calendar.problems;
  const problems = ({ day, kind, hours, name }: DayProblems) => ({
    ...(day && { day: words[`day_${day}`] }),
    ...(kind && { kind: words.kind_missing }),
    ...(hours && { dayOpens: words.hours_malformed }),
    ...(name && { name: words[`name_${name}`] }),
  });
  // The year of the new day is shown then.
  const typedYear = toLatinDigits(typedDay.day).trim().slice(0, 4);
  const year = yearIn(parts, result.outcome === 'done' ? typedYear : form.field('year'));
  return answer(parts, c, result, { notice: 'calendar_day_added', year, typedDay, problems });
};

const postSolarHolidays = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const year = yearIn(parts, form.field('year'));
  const added = { year, version: versionOf(form) };
  const result = await addSolarHolidays(parts.deps, c.var.by, added);
  const words = c.var.view.text.admin.calendar.problems;
  const problems = () => ({ day: words.day_too_many });
  return answer(parts, c, result, { notice: 'solar_holidays_added', year, problems });
};

const postRemoval = async (parts: RouteParts, c: AdminContext) => {
  const form = await readForm(parts, c);
  const day = form.field('day');
  if (!GREGORIAN_DAY.test(day)) throw new DomainError('not_found');
  const removed = { day, version: versionOf(form) };
  const result = await removeCalendarDay(parts.deps, c.var.by, removed);
  const year = yearIn(parts, form.field('year'));
  return answer(parts, c, result, {
    notice: 'calendar_day_removed',
    year,
    problems: () => ({}),
  });
};

const answer = async <Fields extends object>(
  parts: RouteParts,
  c: AdminContext,
  result: Administered<Fields>,
  {
    notice,
    problems,
    year,
    ...typed
  }: Pick<CalendarPageProps, 'year' | 'typedWeek' | 'typedDay'> & {
    notice: string;
    problems: (fields: Fields) => Problems;
  },
) => {
  if (result.outcome === 'done') return c.redirect(`${HOME}?year=${year}&notice=${notice}`, 303);
  if (result.outcome === 'stale')
    return c.html(await calendarPage(parts, c, { year, stale: true, ...typed }), 409);
  const shown = { year, problems: problems(result.fields), ...typed };
  return c.html(await calendarPage(parts, c, shown), 422);
};

const calendarPage = async (
  { deps }: RouteParts,
  c: AdminContext,
  props: Omit<CalendarPageProps, 'view' | 'staff' | 'calendar'>,
) => {
  const { staff, view } = c.var;
  const calendar = await readWorkingCalendar(deps, staff);
  return page(<CalendarPage {...{ view, staff, calendar }} {...props} />);
};

const yearIn = ({ deps: { site } }: RouteParts, asked: string | undefined): number => {
  const year = Number(asked);
  return Number.isInteger(year) && year >= CALENDAR_YEARS.first && year <= CALENDAR_YEARS.last
    ? year
    : toJalali(new Date(), site.timeZone).year;
};
