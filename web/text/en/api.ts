import type { api as persian } from '../fa/api.ts';

export const api: typeof persian = {
  api: {
    problems: {
      malformed: {
        title: 'The request cannot be read',
        detail: 'Its body is incomplete or not written as it should be.',
      },
      idempotency_key_missing: {
        title: 'The header Idempotency-Key is needed',
        detail:
          'Send a new Idempotency-Key (1 to 200 characters) for each thing to do, and the same one when you repeat it.',
      },
      key_missing: {
        title: 'A key is needed',
        detail: 'Send it in the header “Authorization: Bearer …”.',
      },
      key_unknown: {
        title: 'The key was refused',
        detail: 'It is not known, was revoked, or has expired.',
      },
      insufficient_scope: {
        title: 'The scope of the key does not cover this',
        detail: 'This key is not for this. Nothing was recorded.',
      },
      own_rejection: {
        title: 'The objection is to a decision by this key',
        detail:
          'This key rejected the letter, and its sender objects to that decision. Nothing was recorded; another key or a colleague decides about the objection.',
      },
      not_found: {
        title: 'Not found',
        detail: 'There is no such thing, or it is not for this key to see.',
      },
      method_not_allowed: {
        title: 'Method not allowed',
        detail: 'The header Allow lists the methods of this address.',
      },
      already_decided: {
        title: 'Already decided',
        detail: 'Another decision came first, and yours was not recorded.',
      },
      not_open: {
        title: 'This cannot be done now',
        detail: 'The letter is not where this can be done. Nothing was recorded.',
      },
      file_waiting: {
        title: 'The file has not been checked yet',
        detail: 'It waits for the virus scanner, and is closed until then.',
      },
      file_infected: { title: 'The file is infected', detail: 'It has a virus, and is closed.' },
      erased: {
        title: 'The content of the letter was erased',
        detail: 'Its time of retention is over: text and file were erased.',
      },
      cut: {
        title: 'Cut off',
        detail: 'The body stopped coming and nothing was stored. Send it again.',
      },
      too_big: { title: 'Too big', detail: 'The body or the file is larger than allowed.' },
      unsupported_type: {
        title: 'The type of the content is not taken',
        detail: 'A body is application/json, of a letter or a reply multipart/form-data.',
      },
      invalid: { title: 'The request is not valid', detail: 'What is wrong stands in errors.' },
      unit_not_available: {
        title: 'The unit is not available',
        detail: 'There is no such unit, it is retired, or it has the letter already.',
      },
      other_request: {
        title: 'This Idempotency-Key was used before',
        detail: 'Another request came with it. Make a new one for this.',
      },
      too_many: {
        title: 'Too many requests',
        detail: 'Send it again after the time in the header Retry-After.',
      },
      internal: {
        title: 'A fault of the desk',
        detail: 'Tell the operator the number of this request.',
      },
      damaged: {
        title: 'The letter cannot be read',
        detail: 'What the desk keeps of it is damaged. Tell the operator.',
      },
      unavailable: {
        title: 'Not available now',
        detail: 'Send the same request again a little later, with the same Idempotency-Key.',
      },
    },
    fields: {
      missing: 'is needed',
      unknown: 'is not known here',
      tooLong: 'is too long or too big',
      taken: 'is the name of another unit',
      invalid: 'is not well formed',
    },
  },
  outbox: {
    title: 'Trial SMS outbox',
    lead: 'This installation sends no text messages; they are shown here.',
    empty: 'No message yet.',
    to: 'To',
    kind: 'Kind',
    mobile: 'Number',
    filter: 'Show',
  },
};
