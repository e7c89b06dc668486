/** What can go wrong for a person using the desk; `web/` gives each its page, status and words. */
export type DomainErrorCode =
  | 'not_found'
  | 'not_allowed'
  | 'already_decided'
  | 'not_open'
  | 'unit_not_available'
  | 'unavailable';

export class DomainError extends Error {
  readonly code: DomainErrorCode;
  /** Facts for the page, e.g. who decided and when. Nothing secret. */
  readonly facts: Record<string, string>;

  constructor(code: DomainErrorCode, facts: Record<string, string> = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = 'DomainError';
    this.code = code;
    this.facts = facts;
  }
}

/** A mistake of the operator: shown as one line, without a stack, with a non-zero exit. */
export class OperatorError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OperatorError';
  }
}
