/**
 * Lets one see a form with a file go: progress, dropping, camera, stopping, and another try over a
 * cut line, with the same key. Without it the browser sends the same form.
 */
const TRIES = 4;
const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files');

const start = (box) => {
  const find = (name) => box.querySelector(`[data-upload-${name}]`);
  const words = box.dataset;
  const input = box.querySelector('input[type=file]');
  const [bar, stop, status, check] = ['bar', 'stop', 'status', 'check'].map(find);
  const [camera, sending] = ['camera', 'sending'].map(find);
  const { accept, form } = input;
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' });
  let request;
  let timer;

  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  const warn = (text) => {
    check.textContent = text;
    check.hidden = text === '';
    if (text === '') input.removeAttribute('aria-invalid');
    else input.setAttribute('aria-invalid', 'true');
  };

  const show = (isSending) => {
    sending.hidden = !isSending;
    for (const button of form.querySelectorAll('[type=submit]'))
      // `disabled` would lose the focus.
      button.setAttribute('aria-disabled', String(isSending));
  };

  const end = (text = '') => {
    clearTimeout(timer);
    request = undefined;
    show(false);
    say(text);
  };

  const problemOf = (file) => {
    if (!file) return '';
    const name = file.name.toLowerCase();
    if (!accept.split(',').some((ending) => name.endsWith(ending))) return words.wrongType;
    if (file.size === 0) return words.empty;
    return file.size > Number(words.max) ? words.tooBig : '';
  };

  const redraw = (html) => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    document.title = page.title;
    document.querySelector('main').replaceWith(page.querySelector('main'));
    init();
    document.dispatchEvent(new Event('redrawn'));
    (document.querySelector('.error-summary') ?? document.querySelector('main')).focus();
  };

  const arrived = () => {
    const { status: code, responseURL, responseText } = request;
    end(code >= 500 ? words.failed : words.checking);
    if (code >= 500) return;
    if (responseURL === form.action) redraw(responseText);
    else location.assign(responseURL);
  };

  const send = (tries) => {
    request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.value = loaded / total;
      if (loaded < total)
        say(words.sending.replace('%', percent.format(Math.floor((loaded / total) * 10) / 10)));
    });
    request.upload.addEventListener('load', () => {
      stop.hidden = true;
      say(words.checking);
    });
    request.addEventListener('load', arrived);
    request.addEventListener('error', () => {
      if (tries === TRIES) return end(words.failed);
      say(words.retrying);
      timer = setTimeout(() => send(tries + 1), 500 * 2 ** tries);
    });
    stop.hidden = false;
    bar.value = 0;
    request.send(new FormData(form));
  };

  form.addEventListener('submit', (event) => {
    if (request) return event.preventDefault();
    if (input.files.length === 0 || event.submitter?.name === 'fileAction') return;
    event.preventDefault();
    show(true);
    say(words.sending.replace('%', percent.format(0)));
    send(1);
  });

  stop.addEventListener('click', () => {
    request?.abort();
    end(words.cancelled);
    input.focus();
  });

  const asBefore = () => {
    input.accept = accept;
    input.removeAttribute('capture');
  };
  for (const event of ['change', 'cancel', 'pointerdown']) input.addEventListener(event, asBefore);
  input.addEventListener('change', () => {
    say('');
    warn(problemOf(input.files[0]));
  });

  camera.hidden = !matchMedia('(pointer: coarse)').matches;
  camera.addEventListener('click', () => {
    input.accept = 'image/jpeg,image/png';
    input.setAttribute('capture', 'environment');
    input.click();
  });

  const over = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    box.dataset.over = '';
  };
  const out = () => delete box.dataset.over;
  box.addEventListener('dragenter', over);
  box.addEventListener('dragover', over);
  box.addEventListener('dragleave', out);
  box.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    out();
    const { files } = event.dataTransfer;
    if (files.length > 1) return warn(words.several);
    input.files = files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });

  find('tools').hidden = false;
};

function init() {
  for (const box of document.querySelectorAll('form [data-upload]')) start(box);
}

// A file beside the field would replace the page.
for (const type of ['dragover', 'drop'])
  document.addEventListener(type, (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
init();
