/**
 * Keys of the staff desk. They work on what the page offers anyway, never while somebody types, and
 * by the place of the key on the keyboard, so that they are the same in Persian and in English.
 */
const sheet = document.getElementById('keys');

const one = (name) => document.querySelector(`[data-go="${name}"]`);
const follow = (name) => one(name)?.click();
const focus = (element) => {
  element?.focus();
  element?.scrollIntoView({ block: 'nearest' });
};

/** On a letter: the next one opens. In the list: the next line is marked, and Enter opens it. */
const step = (way) => {
  const rows = [...document.querySelectorAll('[data-row]')];
  if (rows.length === 0) return follow(way > 0 ? 'next' : 'previous');
  const at = rows.indexOf(document.activeElement);
  focus(rows[at < 0 ? (way > 0 ? 0 : rows.length - 1) : at + way]);
};

const search = () => {
  const field = document.getElementById('q');
  if (field) focus(field);
  else follow('search');
};

const OPENED = '[data-form]:not([hidden])';

/** The form of a decision, opened and ready. */
const openForm = (name) => {
  const opener = document.querySelector(`[data-opens="${name}"]`);
  if (!opener) return;
  if (!opener.hidden) return opener.click();
  focus(document.querySelector(`#form-${name} :is([type="radio"]:checked, textarea)`));
};

/** The reason with this number, in the form that is open. */
const pick = (number) => {
  const choice = document.querySelector(`${OPENED} [aria-keyshortcuts="${number}"]`);
  if (!choice) return false;
  choice.click();
  choice.focus();
  return true;
};

const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => focus(one('approve')),
  r: () => openForm('reject'),
  e: () => openForm('return'),
  z: () => focus(one('undo')),
  u: () => follow('queue'),
  '/': search,
  '?': () => sheet?.showModal(),
};

/** A Latin letter as it is; of any other script the letter that the key has on a Latin keyboard. */
const keyOf = (event) => {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  if (event.code === 'Slash') return event.shiftKey ? '?' : '/';
  return /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? event.key;
};

const isChoosing = ({ target }) => target.type === 'radio';

const isTyping = ({ target }) =>
  target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

const numberOf = ({ code }) => /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];

/** Among the reasons: a number picks one, and a letter begins a reason of one's own. */
const choose = (event) => {
  const number = numberOf(event);
  if (number !== undefined) return pick(number) && event.preventDefault();
  if (event.key.length > 1 || event.key === ' ') return;
  const into = event.target.closest('[data-into]')?.dataset.into;
  if (into) document.getElementById(into).focus();
};

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.altKey || event.repeat) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key === 'Enter' && (event.target.tagName === 'TEXTAREA' || isChoosing(event)))
      event.target.form.requestSubmit();
    return;
  }
  if (event.key === 'Escape' && isTyping(event)) return event.target.blur();
  if (isChoosing(event)) return choose(event);
  if (isTyping(event) || document.querySelector('dialog[open]')) return;
  const number = numberOf(event);
  if (number !== undefined && !event.shiftKey && pick(number)) return event.preventDefault();
  const key = keyOf(event);
  const act = Object.hasOwn(ACTS, key) && (key === '?' || !event.shiftKey) ? ACTS[key] : undefined;
  if (!act) return;
  event.preventDefault();
  act();
});

one('keys')?.addEventListener('click', (event) => {
  if (!sheet || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  sheet.showModal();
});
