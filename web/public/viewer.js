/**
 * The viewer of a letter's file: zoom, pages and rotation without loading the page anew. Its buttons
 * do the same without scripts. It may come into the page late, so nothing is held here.
 */
import { askDesk, pageOf } from './desk-answer.js';

const ZOOMS = [50, 75, 100, 125, 150, 200, 300];
const FIT = 100;

const sheetsOf = (viewer) => [...viewer.querySelectorAll('[data-sheet]')];
const digits = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: false });

/** In any digits; NaN: no number. */
const numberIn = (text) =>
  Number.parseInt(
    text
      .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
      .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660)),
    10,
  );

/** What the reader looks at stays where it is. */
const setZoom = (viewer, zoom) => {
  const window = viewer.querySelector('[data-sheets]');
  const before = Number(viewer.dataset.zoom);
  const middle = window.scrollTop + window.clientHeight / 2;
  viewer.dataset.zoom = String(zoom);
  viewer.querySelector('[name="zoom"]').value = String(zoom);
  window.scrollTop = (middle * zoom) / before - window.clientHeight / 2;
  showZoom(viewer);
};

/** A button that is at its end stays where it is, and says so. */
const showZoom = (viewer) => {
  const zoom = Number(viewer.dataset.zoom);
  const set = (tool, isOff) =>
    viewer.querySelector(`[data-tool="${tool}"]`).setAttribute('aria-disabled', String(isOff));
  set('in', zoom >= ZOOMS.at(-1));
  set('out', zoom <= ZOOMS[0]);
};

const stepZoom = (viewer, way) => {
  const at = ZOOMS.indexOf(Number(viewer.dataset.zoom)) + way;
  if (ZOOMS[at]) setZoom(viewer, ZOOMS[at]);
};

const jump = (viewer) => {
  const field = viewer.querySelector('[name="sheet"]');
  const sheets = sheetsOf(viewer);
  const asked = numberIn(field.value);
  const number = Math.min(Math.max(Number.isNaN(asked) ? 1 : asked, 1), sheets.length);
  field.value = digits.format(number);
  const window = viewer.querySelector('[data-sheets]');
  window.scrollTop +=
    sheets[number - 1].getBoundingClientRect().top - window.getBoundingClientRect().top;
};

/** The picture comes turned from the desk, which keeps it so for everybody. */
const turn = async (viewer, button) => {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const sheet = numberIn(viewer.querySelector('[name="sheet"]').value);
  try {
    const body = new URLSearchParams(new FormData(button.form));
    const answer = await askDesk(button.formAction, { method: 'POST', body });
    const page = await pageOf(answer);
    const turned = page?.querySelector(`[data-sheet="${sheet}"]`);
    // Signed out meanwhile, or no page of the letter: the form goes its way.
    if (!answer.ok || !turned) return button.form.requestSubmit(button);
    const before = viewer.querySelector(`[data-sheet="${sheet}"]`);
    before.replaceWith(document.adoptNode(turned));
  } catch {
    // The line is away: the page stays as it is.
  } finally {
    button.removeAttribute('aria-busy');
  }
};

const TOOLS = {
  in: (viewer) => stepZoom(viewer, 1),
  out: (viewer) => stepZoom(viewer, -1),
  fit: (viewer) => setZoom(viewer, FIT),
  jump,
  turn,
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-tool]');
  if (!button) return;
  event.preventDefault();
  void TOOLS[button.dataset.tool](button.closest('[data-zoom]'), button);
});

/** The number of the page that the middle of the window is on. */
const follow = (window) => {
  const viewer = window.closest('[data-zoom]');
  const field = viewer.querySelector('[name="sheet"]');
  if (document.activeElement === field) return;
  const middle = window.getBoundingClientRect().top + window.clientHeight / 2;
  const shown = sheetsOf(viewer).findLast((one) => one.getBoundingClientRect().top <= middle);
  field.value = digits.format(Number(shown?.dataset.sheet ?? 1));
};

document.addEventListener(
  'scroll',
  ({ target }) => {
    if (target.dataset?.sheets !== undefined) follow(target);
  },
  { capture: true, passive: true },
);
