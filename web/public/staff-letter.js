/**
 * A letter at the staff desk: a reason that is picked comes into its field, and colleagues see who
 * has the letter open. Without it the reason is sent as picked, and colleagues see it as they come.
 */
const filled = new Map();

document.addEventListener('change', ({ target }) => {
  const field = document.getElementById(target.dataset?.into ?? '');
  if (!field) return;
  const picked = target.value === '' ? '' : target.selectedOptions[0].text;
  const before = filled.get(field) ?? '';
  // What somebody has typed stays, and the reason comes below it.
  const isOwn = field.value.trim() !== '' && field.value !== before;
  if (isOwn && (picked === '' || field.value.includes(picked))) return;
  field.value = isOwn ? `${field.value.trimEnd()}\n${picked}` : picked;
  filled.set(field, field.value);
});

const readers = document.querySelector('[data-readers]');
let timer;

const tell = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(readers.dataset.readers, {
      method: 'POST',
      body: new URLSearchParams({ left: '0' }),
      redirect: 'error',
    });
    // Signed out, or the letter is not theirs any more: nothing is said about it.
    if (!answer.ok) return stop();
    const { body } = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (body.textContent !== readers.textContent) readers.replaceChildren(...body.childNodes);
  } catch {
    // The line is away: next time.
  }
};

const stop = () => clearInterval(timer);

const start = () => {
  stop();
  timer = setInterval(() => void tell(), Number(readers.dataset.seconds) * 1000);
};

const leave = () => {
  stop();
  navigator.sendBeacon(readers.dataset.readers, new URLSearchParams({ left: '1' }));
};

if (readers) {
  start();
  addEventListener('pagehide', leave);
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    start();
    void tell();
  });
  document.addEventListener('visibilitychange', () => void tell());
}
