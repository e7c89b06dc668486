/** Shows how far a bulk decision has come, until it has ended. */
import { askDesk, pageOf } from './desk-answer.js';

const PAUSE_MS = 2000;

const shown = () => document.querySelector('[data-bulk]');

const look = async () => {
  try {
    const answer = await askDesk(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return;
    const page = await pageOf(answer);
    const now = page?.querySelector('[data-bulk]');
    const old = shown();
    // A button that has the focus is not taken away under the finger.
    if (now && old && !old.contains(document.activeElement))
      old.replaceWith(document.adoptNode(now));
  } catch {
    // The line is away: it is looked again.
  }
  lookSoon();
};

const lookSoon = () => {
  if (shown()?.dataset.bulk === 'running') setTimeout(() => void look(), PAUSE_MS);
};

lookSoon();
