/**
 * «I am not a robot»: the browser computes for a moment, and the security code may stay empty.
 * Without scripts, or without the browser's cryptography (plain http, old browsers), the button is
 * never shown and the picture and the spoken digits remain.
 */
import { askDesk } from './desk-answer.js';

const box = document.querySelector('[data-proof]');

const start = ({ worker: workerUrl, kept, working, dear, done, failed, expired }) => {
  const button = box.querySelector('button');
  const status = box.querySelector('[role=status]');
  const result = box.querySelector('input');
  const { form } = button;
  const code = form.elements.namedItem('captcha');
  let state = 'idle';
  let proof = kept;
  /** Pressed while the browser was still computing. */
  let waiting;

  const show = (next, text) => {
    state = next;
    box.dataset.state = next;
    status.textContent = text;
    // Not `disabled`: that would take the focus away.
    button.setAttribute('aria-disabled', String(next === 'working' || next === 'done'));
  };

  const reset = (text) => {
    proof = '';
    show('idle', text);
  };

  const solve = (challenge) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(workerUrl);
      const end = (settle) => (event) => {
        worker.terminate();
        settle(event.data ?? event);
      };
      worker.addEventListener('message', end(resolve));
      worker.addEventListener('error', end(reject));
      worker.postMessage(challenge);
    });

  const prove = async () => {
    show('working', working);
    try {
      const answer = await askDesk('/proof');
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const challenge = await answer.json();
      if (challenge.parameters.data.price > 1) show('working', dear);
      const solution = await solve(challenge);
      if (!solution.derivedKey) throw new Error('no solution');
      proof = JSON.stringify({ challenge, solution });
      show('done', done);
      // Counted here and not by the clock, which may be wrong. A little early.
      setTimeout(() => reset(expired), (challenge.parameters.data.seconds - 20) * 1000);
    } catch {
      reset(failed);
    }
    const pressed = waiting;
    waiting = undefined;
    pressed?.click();
  };

  button.addEventListener('click', () => {
    if (state === 'idle') void prove();
  });

  form.addEventListener('submit', (event) => {
    // Here and not before: a browser that comes back to a page may fill in what the field held.
    result.value = proof;
    const isSend = !event.submitter?.hasAttribute('formaction');
    if (state !== 'working' || !isSend || code.value.trim() !== '') return;
    event.preventDefault();
    waiting = event.submitter ?? form.querySelector('[type=submit]');
  });

  // The page comes back out of the browser's memory: its proof was sent and is used up.
  addEventListener('pageshow', (event) => {
    if (event.persisted) reset('');
  });

  show(proof === '' ? 'idle' : 'done', proof === '' ? '' : done);
  box.hidden = false;
};

if (box && window.isSecureContext && window.crypto?.subtle && window.Worker) start(box.dataset);
else box?.remove();
