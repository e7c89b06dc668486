import { Hono } from 'hono';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { toJalali } from '../../src/platform/base/jalali.ts';
import type {
  Administered,
  DayProblems,
  HoursProblems,
} from '../../src/desk/administration/administration.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { RouteDeps, StaffEnv } from '../env.ts';
import { ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { versionOf } from './admin.form.ts';
import { opensField, readDay, readWeek } from './calendar.form.ts';
import { CalendarPage, type CalendarPageProps } from './calendar.page.tsx';

const HOME = '/staff/admin/calendar';
/** What only takes forms: a reload leads back. */
const FORMS = ['hours', 'days', 'solar', 'removal'];
const YEARS = { first: 1300, last: 1600 };
const GREGORIAN_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** «تقویم کاری»: for administrators; auditors read. */
export const createCalendarRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<StaffEnv>();
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));

  const adminOnly = createMiddleware<StaffEnv>(async (c, next) => {
    if (c.var.staff.role !== 'admin') throw new DomainError('not_allowed');
    return next();
  });

  const session = (c: Context<StaffEnv>) => ({
    sessionToken: cookies.read(c, 'staff_sid') ?? '',
    from: c.var.from,
  });

  /** Jalali; this one for what is none. */
  const yearIn = (asked: string | undefined): number => {
    const year = Number(asked);
    return Number.isInteger(year) && year >= YEARS.first && year <= YEARS.last
      ? year
      : toJalali(new Date(), site.timeZone).year;
  };

  const readForm = async (c: Context<StaffEnv>): Promise<PostedForm> => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    return form;
  };

  const calendarPage = async (
    c: Context<StaffEnv>,
    props: Omit<CalendarPageProps, 'view' | 'staff' | 'calendar'>,
  ) => {
    const { staff, view } = c.var;
    const calendar = await desk.readCalendar({ staff });
    return page(<CalendarPage {...{ view, staff, calendar }} {...props} />);
  };

  /** Back to the calendar, or the form again as it was typed. */
  const answer = async <Fields extends object>(
    c: Context<StaffEnv>,
    form: PostedForm,
    result: Administered<Fields>,
    {
      notice,
      problems,
      year = yearIn(form.field('year')),
      ...typed
    }: Pick<CalendarPageProps, 'typedWeek' | 'typedDay'> & {
      notice: string;
      /** Whose days are shown then; left out: as before. */
      year?: number;
      problems: (fields: Fields) => Problems;
    },
  ) => {
    if (result.outcome === 'done') return c.redirect(`${HOME}?year=${year}&notice=${notice}`, 303);
    return result.outcome === 'stale'
      ? c.html(await calendarPage(c, { year, stale: true, ...typed }), 409)
      : c.html(await calendarPage(c, { year, problems: problems(result.fields), ...typed }), 422);
  };

  routes.get('/', async (c) =>
    c.html(
      await calendarPage(c, { year: yearIn(c.req.query('year')), notice: c.req.query('notice') }),
    ),
  );

  for (const form of FORMS) routes.get(`/${form}`, adminOnly, (c) => c.redirect(HOME, 303));

  routes.post('/hours', adminOnly, async (c) => {
    const form = await readForm(c);
    const week = readWeek(form);
    const result = await desk.changeWorkingHours({
      ...session(c),
      week,
      version: versionOf(form),
    });
    const words = c.var.view.text.admin.calendar.problems;
    return answer(c, form, result, {
      notice: 'hours_changed',
      typedWeek: week,
      problems: ({ weekdays = [], week: none }: HoursProblems) => ({
        ...Object.fromEntries(weekdays.map((weekday) => [opensField(weekday), words.hours])),
        ...(none && { [opensField(6)]: words.noWeek }),
      }),
    });
  });

  routes.post('/days', adminOnly, async (c) => {
    const form = await readForm(c);
    const typedDay = readDay(form);
    const result = await desk.addCalendarDay({
      ...session(c),
      ...typedDay,
      version: versionOf(form),
    });
    const words = c.var.view.text.admin.calendar.problems;
    return answer(c, form, result, {
      notice: 'calendar_day_added',
      ...(result.outcome === 'done' && {
        year: yearIn(toLatinDigits(typedDay.day).trim().slice(0, 4)),
      }),
      typedDay,
      problems: ({ day, kind, hours, name }: DayProblems) => ({
        ...(day && { day: words[`day_${day}`] }),
        ...(kind && { kind: words.kind_missing }),
        ...(hours && { dayOpens: words.hours_malformed }),
        ...(name && { name: words[`name_${name}`] }),
      }),
    });
  });

  routes.post('/solar', adminOnly, async (c) => {
    const form = await readForm(c);
    const result = await desk.addSolarHolidays({
      ...session(c),
      year: yearIn(form.field('year')),
      version: versionOf(form),
    });
    const words = c.var.view.text.admin.calendar.problems;
    return answer(c, form, result, {
      notice: 'solar_holidays_added',
      problems: () => ({ day: words.day_too_many }),
    });
  });

  routes.post('/removal', adminOnly, async (c) => {
    const form = await readForm(c);
    const day = form.field('day');
    if (!GREGORIAN_DAY.test(day)) throw new DomainError('not_found');
    const result = await desk.removeCalendarDay({ ...session(c), day, version: versionOf(form) });
    return answer(c, form, result, { notice: 'calendar_day_removed', problems: () => ({}) });
  });

  return routes;
};
