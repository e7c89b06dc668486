/** Takes over the pictures of the pages once a worker has made them. Nothing else of the page moves. */
const PAUSE_MS = 1500;
const TRIES = 40;

const waiting = document.querySelector('[data-preview="asked"]');
let tries = 0;

const look = async () => {
  if (!waiting?.isConnected || (tries += 1) > TRIES) return;
  try {
    const answer = await fetch(waiting.querySelector('a').href, {
      headers: { accept: 'text/html' },
    });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = page.querySelector('[data-preview]');
    if (found && found.dataset.preview !== 'asked') {
      waiting.replaceWith(found);
      return;
    }
  } catch {
    // The line is away: the link stays.
  }
  lookSoon();
};

const lookSoon = () => {
  setTimeout(() => void look(), PAUSE_MS);
};

if (waiting) lookSoon();
