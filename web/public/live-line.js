/** A line to the desk on which a page hears news; it comes back by itself, later each time. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 120_000;
const TRIES = 10;

/** Returns what opens the line anew after a pause: the page could not use what it heard. */
export const keepLine = (addressOf, onNews) => {
  let source;
  let isOver = false;
  let tries = 0;
  let timer;

  const close = () => {
    source?.close();
    source = undefined;
    clearTimeout(timer);
  };

  /** Not for ever: the line is refused, or the session has ended. */
  const again = () => {
    close();
    tries += 1;
    if (isOver || tries > TRIES) return;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.5 + Math.random() / 2);
    timer = setTimeout(open, wait);
  };

  // Only a page that is seen holds a line: a browser has few of them for one site.
  const open = () => {
    if (isOver || source || document.hidden) return;
    source = new EventSource(addressOf());
    source.addEventListener('open', () => (tries = 0));
    source.addEventListener('news', ({ data }) => onNews(data));
    source.addEventListener('end', () => {
      isOver = true;
      close();
    });
    source.addEventListener('error', () => {
      if (source?.readyState === EventSource.CLOSED) again();
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
  return again;
};
