import type { Context, Hono } from 'hono';
import type { DeskNews } from '../../src/desk/letters/desk-news.ts';
import type { AppEnv, RouteDeps, StaffEnv } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import { eventOf, sendFeed } from '../http/event-stream.ts';
import { requireStaff } from '../middleware/sessions.ts';
import type { View } from '../view.ts';
import { filtersOf, readPlace } from './queue-place.ts';
import { othersText } from './queue-table.tsx';
import { queryOf } from './show-letter.tsx';

const MILLISECONDS = /^\d{13}$/;

export const addDeskNewsRoute = (routes: Hono<AppEnv>, deps: RouteDeps, cookies: Cookies): void => {
  const member = requireStaff(deps, cookies, { keepsOpen: false });
  routes.get('/events', member, sendDeskNews(deps, cookies));
};

const sendDeskNews = (deps: RouteDeps, cookies: Cookies) => (c: Context<StaffEnv>) => {
  const { staff, view } = c.var;
  const made = c.req.query('at') ?? '';
  const feed = deps.liveUpdates.watchDesk({
    staff,
    sessionToken: cookies.read(c, 'staff_sid') ?? '',
    query: readPlace(queryOf(c), filtersOf(staff)),
    since: MILLISECONDS.test(made) ? Number(made) : Date.now(),
  });
  return sendFeed(c, feed, (news) => eventOf(news.at, JSON.stringify(shownOf(view, news))));
};

const shownOf = (view: View, { counts, arrived, readers }: DeskNews) => ({
  counts: Object.fromEntries(
    Object.entries(counts).map(([queue, letters]) => [queue, view.digits(letters)]),
  ),
  arrived,
  readers: Object.fromEntries(
    Object.entries(readers).map(([letterId, [first, ...others]]) => [
      letterId,
      [first, othersText(view, others)],
    ]),
  ),
});
