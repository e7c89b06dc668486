/**
 * What every SMS gateway can do. Sending is at-least-once: after a cut connection nobody knows, so
 * the same message is sent again with the same id, by which a gateway knows a repeat.
 */
export interface SmsMessage {
  /** The message's own id, the same in every attempt. */
  id: string;
  /** E.164 */
  to: string;
  /** `code`, `approved`, `rejected`, `replied`, … */
  kind: string;
  text: string;
  /** The values in the text, for gateways that send by approved template. */
  params: Record<string, string>;
}

export interface SmsGateway {
  /**
   * Resolves when the gateway has accepted the message; `messageId` is its own name for it.
   * @throws SmsError
   */
  send(message: SmsMessage): Promise<{ messageId?: string }>;
}

/** Its text names no number and no content of a message: it is stored and logged. */
export class SmsError extends Error {
  /** False: the gateway refused this message, and would again. */
  readonly retryable: boolean;
  /** How long the gateway asked to be left alone. */
  readonly retryAfterMs?: number;

  constructor(
    message: string,
    {
      retryable,
      retryAfterMs,
      cause,
    }: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SmsError';
    this.retryable = retryable;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}
