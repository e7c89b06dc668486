/**
 * The page of a letter brings itself up to date: told that there is news, it fetches itself and takes
 * over its live part. Without it «latest status» does the same by hand.
 */
import { askDesk, pageOf } from './desk-answer.js';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 120_000;
const TRIES = 10;

const live = () => document.querySelector('[data-live]');
const news = document.querySelector('[data-live-news]');
let source;
let isOver = false;
let tries = 0;
let timer;

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
    close();
    again();
  }
};

const close = () => {
  source?.close();
  source = undefined;
  clearTimeout(timer);
};

/** Later each time, and not for ever: the line is refused, or the session has ended. */
const again = () => {
  tries += 1;
  if (isOver || tries > TRIES) return;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.5 + Math.random() / 2);
  timer = setTimeout(open, wait);
};

// Only a page that is seen holds a line: a browser has few of them for one site.
const open = () => {
  if (isOver || source || document.hidden) return;
  const { live: page, stamp } = live().dataset;
  source = new EventSource(`${page}/events?since=${stamp}`);
  source.addEventListener('open', () => (tries = 0));
  source.addEventListener('news', () => void refresh());
  source.addEventListener('end', () => {
    isOver = true;
    close();
  });
  source.addEventListener('error', () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    again();
  });
};

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return close();
  tries = 0;
  open();
});
addEventListener('pagehide', close);
addEventListener('pageshow', open);
if (window.EventSource) open();
