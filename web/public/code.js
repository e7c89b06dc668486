/**
 * The page of the SMS code: takes the code out of the SMS where the browser can (WebOTP), and counts
 * down until a new one may be asked for. Without it the code is typed and the page says the time.
 */
const field = document.querySelector('#code');
const hint = document.querySelector('[data-otp]');
const wait = document.querySelector('[data-wait]');
const reload = document.querySelector('[data-reload]');

const takeFromSms = async () => {
  const stop = new AbortController();
  field.form.addEventListener('submit', () => stop.abort());
  hint.hidden = false;
  try {
    const otp = { transport: ['sms'] };
    const { code } = await navigator.credentials.get({ otp, signal: stop.signal });
    field.value = code;
    field.form.requestSubmit();
  } catch {
    // Refused, too late or sent by hand: the field is there.
    hint.hidden = true;
  }
};

const showWait = ({ wait: seconds, text, done }) => {
  const until = Date.now() + Number(seconds) * 1000;
  const digits = new Intl.NumberFormat(document.documentElement.lang, { useGrouping: false });
  const [shown, told] = [wait.querySelector('p'), wait.querySelector('[role=status]')];
  const look = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      shown.textContent = text.replace('%', digits.format(left));
      return;
    }
    clearInterval(timer);
    shown.hidden = true;
    told.textContent = done;
    const button = reload.closest('form').querySelector('button');
    button.disabled = false;
    button.removeAttribute('aria-describedby');
  };
  const timer = setInterval(look, 1000);
  reload.hidden = true;
};

// A desktop browser may offer it too, and receives no SMS.
const isPhone = matchMedia('(pointer: coarse)').matches;
if (field && isPhone && 'OTPCredential' in window) void takeFromSms();
if (wait) showWait(wait.dataset);
