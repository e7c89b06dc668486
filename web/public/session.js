/**
 * Warns two minutes before the session ends and lets one go on without losing what is typed. Several
 * windows of one person tell each other. Without it the next page asks to sign in and leads back.
 */
import { askDesk } from './desk-answer.js';

const dialog = document.querySelector('[data-session]');

/** Of a form that is sent only by its own button: it stays, and one signs in beside it. */
const isTyped = () =>
  [...document.querySelectorAll('main form[method=post] :is(textarea, input[type=text])')].some(
    ({ value, defaultValue }) => value !== defaultValue,
  );

const watch = ({ session: area, seconds, keep, ended, endedForm, endedTitle, signIn }) => {
  const [title, text] = [dialog.querySelector('h2'), dialog.querySelector('p')];
  const status = dialog.querySelector('[role=status]');
  const button = dialog.querySelector('button');
  const channel = new BroadcastChannel(`session ${area}`);
  const warnMs = Math.min(120, Number(seconds) / 2) * 1000;
  let endsAt = 0;
  let isEnded = false;
  /** It cannot be made longer: its last moment has come. */
  let isLast = false;

  const set = (left) => {
    isLast = left * 1000 <= warnMs;
    endsAt = Date.now() + left * 1000;
    dialog.close();
  };

  const end = () => {
    isEnded = true;
    title.textContent = endedTitle;
    text.textContent = document.querySelector('[data-kept-form]') ? endedForm : ended;
    status.textContent = '';
    button.textContent = signIn;
    if (!dialog.open) dialog.showModal();
  };

  const look = () => {
    if (isEnded) return;
    const left = endsAt - Date.now();
    if (left <= 0) end();
    else if (left <= warnMs && !isLast && !dialog.open) dialog.showModal();
  };

  const stay = async () => {
    try {
      const answer = await askDesk(keep);
      // To the sign-in page.
      if (answer.redirected) return end();
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const { seconds: left } = await answer.json();
      set(left);
      channel.postMessage(left);
    } catch {
      status.textContent = dialog.dataset.failed;
    }
  };

  button.addEventListener('click', () => {
    if (!isEnded) return void stay();
    const form = document.querySelector('[data-kept-form]');
    dialog.close();
    // What is typed goes with it, and comes back after the sign-in.
    if (form) form.requestSubmit();
    else if (isTyped()) open(area === 'staff' ? '/staff' : '/', '_blank', 'noopener');
    else location.reload();
  });
  dialog.addEventListener('cancel', (event) => {
    if (isEnded) return;
    event.preventDefault();
    void stay();
  });
  channel.addEventListener('message', ({ data }) => {
    if (!isEnded) set(data);
  });
  document.addEventListener('visibilitychange', look);
  setInterval(look, 1000);
  set(Number(seconds));
  isLast = false;
  channel.postMessage(Number(seconds));
};

if (dialog?.showModal && window.BroadcastChannel) watch(dialog.dataset);
