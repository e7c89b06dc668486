/**
 * The page of a letter brings itself up to date: told that there is news, it fetches itself and takes
 * over its live part. Without it «latest status» does the same by hand.
 */
import { askDesk, pageOf } from './desk-answer.js';
import { keepLine } from './live-line.js';

const live = () => document.querySelector('[data-live]');
const news = document.querySelector('[data-live-news]');

const takeOver = (fresh) => {
  const old = live();
  const focused = old.contains(document.activeElement) ? document.activeElement.id : '';
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  news.textContent = fresh.dataset.news;
};

const refresh = async () => {
  try {
    const answer = await askDesk(live().dataset.live, { redirect: 'error' });
    const fresh = (await pageOf(answer))?.querySelector('[data-live]');
    if (!answer.ok || !fresh) throw new Error(`HTTP ${answer.status}`);
    if (fresh.dataset.stamp !== live().dataset.stamp) takeOver(document.adoptNode(fresh));
  } catch {
    // The next event, or the next line, starts from what the page still shows.
    again();
  }
};

const again = keepLine(
  () => `${live().dataset.live}/events?since=${live().dataset.stamp}`,
  () => void refresh(),
);
