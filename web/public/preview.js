/** Takes over previews once a worker has made them, into the room that waits: nothing else moves. */
import { askDesk, pageOf } from './desk-answer.js';

const PAUSE_MS = 1500;
const TRIES = 40;

const waiting = () => [...document.querySelectorAll('[data-preview="asked"]')];
let tries = 0;

/** What does not fit into the room, from the end: further pages, the rest of a text. */
const FURTHER = 'li:not(:first-child), .preview__text > *';

const takeOver = (old, page) => {
  const found = [...page.querySelectorAll('[data-preview]')].find(
    ({ dataset }) => dataset.previewOf === old.dataset.previewOf,
  );
  if (!found || found.dataset.preview === 'asked') return;
  const room = old.closest('[data-preview-room]');
  const hadFocus = old.contains(document.activeElement);
  room.querySelector('[role=status]').textContent = room.dataset.previewRoom;
  // One that scrolls has a height of its own, and room for all of it.
  if (found.querySelector('[data-sheets]')) {
    const viewer = document.adoptNode(found);
    old.replaceWith(viewer);
    if (hadFocus) viewer.querySelector('[data-sheets]').focus();
    return;
  }
  const height = room.offsetHeight;
  const line = old.querySelector('p:has(a)').cloneNode(true);
  const made = document.adoptNode(found);
  old.replaceWith(made, line);
  const further = [...made.querySelectorAll(FURTHER)];
  const all = further.length;
  while (room.offsetHeight > height && further.length > 0) further.pop().remove();
  const link = line.querySelector('a');
  link.lastElementChild.textContent = link.dataset.previewAll;
  if (hadFocus) link.focus();
  else if (further.length === all) line.remove();
};

const look = async () => {
  const [first] = waiting();
  if (!first || (tries += 1) > TRIES) return;
  try {
    const answer = await askDesk(first.querySelector('a').href, {
      headers: { accept: 'text/html' },
    });
    if (!answer.ok || answer.redirected) return;
    const page = await pageOf(answer);
    if (page) for (const old of waiting()) takeOver(old, page);
  } catch {
    // The line is away: the link stays.
  }
  lookSoon();
};

const lookSoon = () => {
  if (waiting().length > 0) setTimeout(() => void look(), PAUSE_MS);
};

lookSoon();
