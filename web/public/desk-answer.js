/**
 * A proxy, a firewall or the sign-in page of a Wi-Fi may answer in the place of the desk. Only answers
 * of the desk carry this header; nothing else is shown on its pages.
 */
const HEADER = 'x-answered-by';
const ASK_MS = 10_000;

export const isFromDesk = (value) => value === 'desk';

/** @throws when the answer is not the desk's */
export const askDesk = async (address, options) => {
  const answer = await fetch(address, { cache: 'no-store', ...options });
  if (!isFromDesk(answer.headers.get(HEADER))) throw new Error(`not the desk: ${answer.status}`);
  return answer;
};

const isPage = (type) => /^text\/html\b/.test(type ?? '');

export const parsePage = (html) => new DOMParser().parseFromString(html, 'text/html');

/** Undefined: not a page of the desk. */
export const pageOf = async (answer) =>
  isPage(answer.headers.get('content-type')) ? parsePage(await answer.text()) : undefined;

/** The same of an `XMLHttpRequest`. */
export const pageIn = (request) =>
  isFromDesk(request.getResponseHeader(HEADER)) && isPage(request.getResponseHeader('content-type'))
    ? parsePage(request.responseText)
    : undefined;

/**
 * What stands between: undefined when the desk answers, else the status (0: a redirect elsewhere).
 * @throws when nobody answers
 */
export const whoIsBetween = async () => {
  const signal = AbortSignal.timeout(ASK_MS);
  const answer = await fetch('/health/live', { cache: 'no-store', redirect: 'manual', signal });
  return isFromDesk(answer.headers.get(HEADER)) ? undefined : answer.status;
};
