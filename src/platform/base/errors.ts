export type DomainErrorCode =
  | 'not_found'
  | 'not_allowed'
  | 'already_decided'
  | 'not_open'
  | 'unit_not_available'
  /** Fact `seconds`: when to try again. */
  | 'too_many'
  /** The whole desk sends no sign-in codes for now; fact `seconds`. */
  | 'codes_paused'
  | 'too_many_downloads'
  | 'too_many_letters'
  | 'held_file_gone'
  | 'too_many_files'
  | 'key_reused'
  | 'closing_reason_missing'
  | 'erased'
  | 'damaged'
  | 'file_waiting'
  | 'file_infected'
  | 'identity_provider_away'
  /** Same mobile number as the sender: nobody decides their own letter. */
  | 'own_letter'
  /** Nobody decides the objection to their own rejection. */
  | 'own_rejection'
  /** No letter has this number, or none that may be named; fact `field`. */
  | 'number_unknown'
  | 'reply_waiting'
  | 'own_reply'
  | 'taken_up'
  | 'unavailable';

export class DomainError extends Error {
  readonly code: DomainErrorCode;
  /**
   * Facts for the page, nothing secret. `stored` (`yes` or `no`): whether the request took effect
   * all the same. Without it, `unavailable` leaves that open and every other code means `no`.
   */
  readonly facts: Record<string, string>;

  constructor(code: DomainErrorCode, facts: Record<string, string> = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = 'DomainError';
    this.code = code;
    this.facts = facts;
  }
}

export const isCertainlyNotStored = (error: unknown): boolean => {
  if (!(error instanceof DomainError)) return false;
  const { stored } = error.facts;
  return stored === undefined ? error.code !== 'unavailable' : stored === 'no';
};

/** A mistake of the operator: shown as one line without a stack, with a non-zero exit code. */
export class OperatorError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OperatorError';
  }
}
