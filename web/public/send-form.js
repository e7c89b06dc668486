/**
 * Sends a form and takes over the answer of the desk; of any other answer the form stays as it is,
 * and a sentence at its button says what to do. With a file: progress, dropping, camera, stopping, and
 * another try over a cut line, with the same key. Without it the browser sends the same form.
 */
import { pageIn, whoIsBetween } from './desk-answer.js';

const TRIES = 4;
/** Longer than the desk takes when many files wait to be read. */
const ANSWER_MS = 120_000;
const FORMS = 'main form[method=post]:not([data-passkey])';
const TYPED = 'textarea, input[type=text], input[type=search], input[type=tel], input[type=file]';
const OTHERS = { 403: 'blocked', 408: 'slow', 413: 'tooLarge', 429: 'busy' };

const template = document.querySelector('template[data-send]');
const words = template.dataset;
const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files');

/** What to do about an answer that is not the desk's. */
const sentenceOf = (status) => words[OTHERS[status] ?? (status >= 500 ? 'away' : 'between')];

const whyCut = async () => {
  try {
    const status = await whoIsBetween();
    return status === undefined ? words.failed : sentenceOf(status);
  } catch {
    return words.failed;
  }
};

/** Of a page of the desk that refuses. */
const refusalIn = (page) =>
  ['main h1', 'main h1 ~ p']
    .map((name) => page.querySelector(name)?.textContent.trim())
    .filter(Boolean)
    .join(': ');

const redraw = (page) => {
  document.title = page.title;
  document.querySelector('main').replaceWith(document.adoptNode(page.querySelector('main')));
  init();
  (document.querySelector('.error-summary') ?? document.querySelector('main')).focus();
};

const startSending = (form, upload) => {
  const line = document.createElement('div');
  line.setAttribute('role', 'status');
  form.append(line);
  const { action } = form;
  const buttons = form.querySelectorAll('[type=submit]');
  const tries = upload || 'keptForm' in form.dataset ? TRIES : 1;
  let request;
  let timer;

  const refuse = (text) => {
    line.replaceChildren();
    if (text === '') return;
    line.append(template.content.cloneNode(true));
    line.querySelector('span').textContent = text;
  };

  const show = (isSending) => {
    upload?.show(isSending);
    for (const button of buttons)
      // `disabled` would lose the focus.
      button.setAttribute('aria-disabled', String(isSending));
  };

  const end = (text = '') => {
    clearTimeout(timer);
    request = undefined;
    show(false);
    refuse(text);
  };

  const arrived = () => {
    clearTimeout(timer);
    const { status, responseURL } = request;
    const page = pageIn(request);
    if (!page) return end(sentenceOf(status));
    const isRedirected = responseURL !== action;
    const forms = page.querySelectorAll('main form:not([data-handed-back])');
    const hasForm = [...forms].some((one) => one.action === action);
    if (!isRedirected && !hasForm && status >= 400) return end(refusalIn(page));
    // Sent until the next page is there: nobody presses twice.
    if (isRedirected) return location.assign(responseURL);
    end();
    redraw(page);
  };

  const send = (data, attempt) => {
    const sent = new XMLHttpRequest();
    const lost = () => {
      clearTimeout(timer);
      if (attempt === tries) return void whyCut().then(end);
      upload?.say(upload.words.retrying);
      timer = setTimeout(() => send(data, attempt + 1), 500 * 2 ** attempt);
    };
    request = sent;
    sent.open('POST', action);
    upload?.watch(sent);
    sent.addEventListener('load', arrived);
    sent.addEventListener('error', lost);
    // Something between may take it all and never answer.
    sent.upload.addEventListener('load', () => {
      timer = setTimeout(() => {
        // An answer may come before everything has been sent.
        if (request !== sent) return;
        sent.abort();
        lost();
      }, ANSWER_MS);
    });
    sent.send(data);
  };

  form.addEventListener('submit', (event) => {
    const { submitter } = event;
    if (request) return event.preventDefault();
    if (submitter?.name === 'fileAction' || submitter?.hasAttribute('formaction')) return;
    event.preventDefault();
    const data = new FormData(form);
    if (submitter?.name) data.append(submitter.name, submitter.value);
    refuse('');
    show(true);
    send(data, 1);
  });

  // Back to the page as the browser remembers it.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) end();
  });

  upload?.onStop(() => {
    request?.abort();
    end();
  });
};

const startUpload = (box) => {
  const find = (name) => box.querySelector(`[data-upload-${name}]`);
  const texts = box.dataset;
  const input = box.querySelector('input[type=file]');
  const [bar, stop, status, check] = ['bar', 'stop', 'status', 'check'].map(find);
  const [camera, sending, chosen, names] = ['camera', 'sending', 'chosen', 'names'].map(find);
  const empty = [...names.childNodes];
  const { accept, multiple } = input;
  let files = [];
  let isPhotograph = false;
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' });

  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  const warn = (text) => {
    check.textContent = text;
    check.hidden = text === '';
    if (text === '') input.removeAttribute('aria-invalid');
    else input.setAttribute('aria-invalid', 'true');
  };

  const problemOf = (file) => {
    const name = file.name.toLowerCase();
    if (!accept.split(',').some((ending) => name.endsWith(ending))) return texts.wrongType;
    if (file.size === 0) return texts.empty;
    return file.size > Number(texts.max) ? texts.tooBig : '';
  };

  /** Where there are several, each problem names its file. */
  const problemsOf = (all) => {
    if (multiple && all.length > Number(texts.most)) return texts.tooMany;
    return all
      .map((file) => [file.name, problemOf(file)])
      .filter(([, problem]) => problem !== '')
      .map(([name, problem]) =>
        all.length === 1
          ? problem
          : texts.ofFile.replace('{name}', () => name).replace('{problem}', () => problem),
      )
      .join(' ');
  };

  const setFiles = (all) => {
    const carried = new DataTransfer();
    for (const file of all) carried.items.add(file);
    input.files = carried.files;
    files = [...all];
    showNames();
    if (chosen) showChosen();
    say('');
    warn(problemsOf(files));
  };

  const showNames = () => {
    const count = new Intl.NumberFormat(document.documentElement.lang).format(files.length);
    const text = names.dataset.uploadNames.replace('{count}', count);
    names.dir = 'auto';
    if (files.length === 0) names.replaceChildren(...empty);
    else names.textContent = files.length === 1 ? files[0].name : text;
  };

  const showChosen = () => {
    chosen.hidden = files.length < 2;
    const lines = files.map((file) => {
      const line = document.createElement('li');
      const name = document.createElement('bdi');
      name.textContent = file.name;
      const remove = document.createElement('button');
      remove.type = 'button';
      remove.className = 'button button--small';
      remove.textContent = chosen.dataset.uploadChosen;
      remove.setAttribute('aria-label', `${remove.textContent} ${file.name}`);
      remove.addEventListener('click', () => {
        setFiles(files.filter((other) => other !== file));
        input.focus();
      });
      line.append(name, remove);
      return line;
    });
    chosen.replaceChildren(...lines);
  };

  const asBefore = () => {
    input.accept = accept;
    input.removeAttribute('capture');
  };
  input.addEventListener('cancel', () => {
    isPhotograph = false;
  });
  for (const event of ['change', 'cancel', 'pointerdown']) input.addEventListener(event, asBefore);
  input.addEventListener('change', () => {
    // Photographs are taken one by one.
    setFiles(multiple && isPhotograph ? [...files, ...input.files] : [...input.files]);
    isPhotograph = false;
  });

  camera.hidden = !matchMedia('(pointer: coarse)').matches;
  camera.addEventListener('click', () => {
    input.accept = 'image/jpeg,image/png';
    input.setAttribute('capture', 'environment');
    isPhotograph = true;
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
    const dropped = [...event.dataTransfer.files];
    if (!multiple && dropped.length > 1) return warn(texts.several);
    setFiles(dropped);
  });

  find('tools').hidden = false;
  box.dataset.own = '';

  return {
    words: texts,
    say,
    show(isSending) {
      const hasFile = input.files.length > 0;
      sending.hidden = !isSending || !hasFile;
      say(isSending && hasFile ? texts.sending.replace('%', percent.format(0)) : '');
    },
    watch({ upload }) {
      if (input.files.length === 0) return;
      stop.hidden = false;
      bar.value = 0;
      upload.addEventListener('progress', ({ loaded, total }) => {
        bar.value = loaded / total;
        if (loaded < total)
          say(texts.sending.replace('%', percent.format(Math.floor((loaded / total) * 10) / 10)));
      });
      upload.addEventListener('load', () => {
        stop.hidden = true;
        say(texts.checking);
      });
    },
    onStop(act) {
      stop.addEventListener('click', () => {
        act();
        say(texts.cancelled);
        input.focus();
      });
    },
  };
};

function init() {
  for (const form of document.querySelectorAll(FORMS)) {
    if (!form.querySelector(TYPED) || form.querySelector('[type=password]')) continue;
    const box = form.querySelector('[data-upload]');
    startSending(form, box ? startUpload(box) : undefined);
  }
}

// A file beside the field would replace the page.
for (const type of ['dragover', 'drop'])
  document.addEventListener(type, (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
init();
