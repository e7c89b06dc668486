/**
 * A letter at the staff desk: forms open in place, a reason that is picked comes into its field,
 * colleagues see who has the letter open, and the undo window of a decision counts down. Without it
 * a form opens with the page anew, the reason is sent as picked, and colleagues and what became of
 * the decision are seen when the page is opened anew.
 */
import { askDesk, pageOf } from './desk-answer.js';

const openerOf = (name) => document.querySelector(`[data-opens="${name}"]`);

const setOpen = (panel, open) => {
  panel.hidden = !open;
  const opener = openerOf(panel.dataset.form);
  opener.hidden = open;
  opener.setAttribute('aria-expanded', String(open));
};

/** At the picked reason, or at the first field. */
const begin = (panel) =>
  (
    panel.querySelector('[type="radio"]:checked') ?? panel.querySelector('textarea, select')
  )?.focus();

/** What was typed stays in a form that is closed. */
const open = (name) => {
  for (const panel of document.querySelectorAll('[data-form]'))
    setOpen(panel, panel.dataset.form === name);
  begin(document.getElementById(`form-${name}`));
};

document.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const opener = event.target.closest('[data-opens]');
  const closer = event.target.closest('[data-closes]');
  if (!opener && !closer) return;
  event.preventDefault();
  if (opener) return open(opener.dataset.opens);
  setOpen(closer.closest('[data-form]'), false);
  openerOf(closer.dataset.closes).focus();
});

const filled = new Map();

const copyReason = (into, picked) => {
  const field = document.getElementById(into);
  const before = filled.get(field) ?? '';
  // What somebody has typed stays, and the reason comes below it.
  const isOwn = field.value.trim() !== '' && field.value !== before;
  if (isOwn && (picked === '' || field.value.includes(picked))) return;
  field.value = isOwn ? `${field.value.trimEnd()}\n${picked}` : picked;
  filled.set(field, field.value);
};

document.addEventListener('change', ({ target }) => {
  const choices = target.closest?.('[data-into]');
  if (!choices) return;
  const text = target.closest('label').querySelector('span').textContent;
  copyReason(choices.dataset.into, target.value === '' ? '' : text);
});

/** Asked for each time: a form that comes back brings a new one. */
const find = () => document.querySelector('[data-readers]');
let timer;

const tell = async () => {
  const readers = find();
  if (document.hidden || !readers) return;
  try {
    const answer = await askDesk(readers.dataset.readers, {
      method: 'POST',
      body: new URLSearchParams({ left: '0' }),
      redirect: 'error',
    });
    // Signed out, or the letter is not theirs any more: nothing is said about it.
    if (!answer.ok) return stop();
    const body = (await pageOf(answer))?.body;
    if (body && body.textContent !== readers.textContent)
      readers.replaceChildren(...body.childNodes);
  } catch {
    // The line is away: next time.
  }
};

const stop = () => clearInterval(timer);

const start = () => {
  stop();
  timer = setInterval(() => void tell(), Number(find().dataset.seconds) * 1000);
};

const leave = () => {
  stop();
  const readers = find();
  if (readers) navigator.sendBeacon(readers.dataset.readers, new URLSearchParams({ left: '1' }));
};

if (find()) {
  start();
  addEventListener('pagehide', leave);
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    start();
    void tell();
  });
  document.addEventListener('visibilitychange', () => void tell());
}

/** After the window the worker applies the decision; how long the page waits for that to be seen. */
const APPLIED_WITHIN_MS = [1500, 3000, 6000];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const countDown = async (left) => {
  const digits = new Intl.NumberFormat(document.documentElement.lang);
  const until = Date.now() + Number(left.dataset.undoLeft) * 1000;
  for (let ms = until - Date.now(); ms > 0; ms = until - Date.now()) {
    left.textContent = left.dataset.template.replace('{n}', digits.format(Math.ceil(ms / 1000)));
    await pause(Math.min(ms, 250));
  }
  left.hidden = true;
  left.parentElement.querySelector('[data-undo-soon]').hidden = false;
};

/** The bar gives way to what became of the decision; on the decided letter's own page all of it. */
const showApplied = async (bar) => {
  for (const ms of APPLIED_WITHIN_MS) {
    await pause(ms);
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) continue;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (page.querySelector('[data-undo]')) continue;
    if (bar.dataset.undo === 'here') return location.reload();
    const applied = page.querySelector('[data-decided]');
    if (applied) bar.replaceWith(applied);
    return;
  }
};

for (const bar of document.querySelectorAll('[data-undo]'))
  void countDown(bar.querySelector('[data-undo-left]')).then(() => showApplied(bar));
