/**
 * Passkeys: asks the desk what the authenticator is to do, hands that to the browser, and posts the
 * answer as a plain form. Where the browser has no passkeys (plain http, old browsers) the form is
 * never shown, and the other ways remain.
 */
import { askDesk } from './desk-answer.js';

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
    letter.codePointAt(0),
  );

const text = (buffer) =>
  btoa(String.fromCodePoint(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const known = (list = []) => list.map((one) => ({ ...one, type: 'public-key', id: bytes(one.id) }));

const ask = {
  async create(options) {
    const credential = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    const { response } = credential;
    return [
      credential,
      {
        attestationObject: text(response.attestationObject),
        transports: response.getTransports?.() ?? [],
      },
    ];
  },
  async get(options) {
    const credential = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
    const { authenticatorData, signature } = credential.response;
    return [credential, { authenticatorData: text(authenticatorData), signature: text(signature) }];
  },
};

const start = (form) => {
  const { passkey: act, options: from, working, failed } = form.dataset;
  const status = form.querySelector('[role=status]');
  const answer = form.querySelector('input[name=answer]');
  const button = form.querySelector('button');
  let busy = false;

  const perform = async () => {
    const options = await askDesk(from, { redirect: 'error' });
    if (!options.ok) throw new Error(`HTTP ${options.status}`);
    const [credential, response] = await ask[act](await options.json());
    answer.value = JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: {},
      response: { ...response, clientDataJSON: text(credential.response.clientDataJSON) },
    });
    form.submit();
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    button.setAttribute('aria-disabled', 'true');
    status.textContent = working;
    perform().catch(() => {
      busy = false;
      button.setAttribute('aria-disabled', 'false');
      status.textContent = failed;
    });
  });

  // The page comes back out of the browser's memory: its answer was sent and is used up.
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    busy = false;
    answer.value = '';
    button.setAttribute('aria-disabled', 'false');
    status.textContent = '';
  });
  form.hidden = false;
  form.parentElement.querySelector('[data-passkey-without]')?.remove();
};

if (window.isSecureContext && window.PublicKeyCredential)
  for (const form of document.querySelectorAll('[data-passkey]')) start(form);
