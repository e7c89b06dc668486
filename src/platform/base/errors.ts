/** What can go wrong for a person using the desk; `web/` gives each its page, status and words. */
export type DomainErrorCode =
  | 'not_found'
  | 'not_allowed'
  | 'already_decided'
  | 'not_open'
  | 'unit_not_available'
  /** Asked too often; fact `seconds`: when to try again. */
  | 'too_many'
  /** No sign-in code is sent by the whole desk for now; fact `seconds`. */
  | 'codes_paused'
  /** As many files as one may have at once are on their way to this person; fact `seconds`. */
  | 'too_many_downloads'
  /** This applicant has sent as many letters as one may in a day. */
  | 'too_many_letters'
  /** The file that was kept for this form is not there any more. */
  | 'held_file_gone'
  /** The key of a form, or of a request, came before with other content; fact `letterId`: with which letter. */
  | 'key_reused'
  /** Nothing was replied, so the sender has to be told why the letter is closed. */
  | 'closing_reason_missing'
  /** The content of the letter was erased when its time was over. */
  | 'erased'
  /** Its row in the record cannot be read: the operator has to restore it. */
  | 'damaged'
  /** The file is closed: it waits for the virus scanner. */
  | 'file_waiting'
  /** The file is closed: it is infected. */
  | 'file_infected'
  /** Single sign-on: the identity provider does not answer. */
  | 'identity_provider_away'
  /** Its sender has the same mobile number: nobody decides their own letter. */
  | 'own_letter'
  /** The objection is against their own rejection: somebody else decides it. */
  | 'own_rejection'
  | 'unavailable';

export class DomainError extends Error {
  readonly code: DomainErrorCode;
  /**
   * Facts for the page, e.g. who decided and when. Nothing secret. `stored`, `yes` or `no`: whether
   * what was asked stands in the record all the same; when it is not said, `unavailable` leaves
   * that open, and every other code means `no`.
   */
  readonly facts: Record<string, string>;

  constructor(code: DomainErrorCode, facts: Record<string, string> = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = 'DomainError';
    this.code = code;
    this.facts = facts;
  }
}

/** True when what was asked has left nothing behind, so that its file belongs to nobody. */
export const isCertainlyNotStored = (error: unknown): boolean => {
  if (!(error instanceof DomainError)) return false;
  const { stored } = error.facts;
  return stored === undefined ? error.code !== 'unavailable' : stored === 'no';
};

/** A mistake of the operator: shown as one line, without a stack, with a non-zero exit. */
export class OperatorError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OperatorError';
  }
}
