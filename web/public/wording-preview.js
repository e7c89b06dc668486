/** Shows what a text becomes while it is typed, as the button does, without refusing it. */
import { askDesk, pageOf } from './desk-answer.js';

const PAUSE_MS = 500;
const form = () => document.querySelector('[data-live-preview]');

let asked = 0;
let pause;

const show = async () => {
  const body = new FormData(form());
  body.set('act', 'live');
  asked += 1;
  const turn = asked;
  try {
    const page = await pageOf(await askDesk(form().action, { method: 'POST', body }));
    const now = page?.querySelector('[data-preview]');
    if (now && turn === asked)
      document.querySelector('[data-preview]')?.replaceWith(document.adoptNode(now));
  } catch {
    // The line is away: the button says so.
  }
};

document.addEventListener('input', ({ target }) => {
  if (!form()?.contains(target)) return;
  clearTimeout(pause);
  pause = setTimeout(() => void show(), PAUSE_MS);
});
