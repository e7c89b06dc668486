/**
 * What every SMS gateway can do. Sending is at-least-once: after a cut connection nobody knows, so
 * the same message is sent again with the same id, by which a gateway knows a repeat.
 */
import type { DeliveryState } from './delivery.ts';

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

export interface DeliveryReport {
  gatewayMessageId: string;
  state: DeliveryState;
  reason?: string;
}

export interface SmsGateway {
  /** Provider, host and sender, such as `kavenegar api.kavenegar.com 2000500666`; never a secret. */
  name: string;
  /**
   * Resolves when the gateway has accepted the message; `messageId` is its own name for it.
   * @throws SmsError
   */
  send(message: SmsMessage): Promise<{ messageId?: string }>;
  /**
   * What it knows of messages that it accepted, for gateways that do not report by themselves.
   * @throws SmsError
   */
  fetchReports?(gatewayMessageIds: string[]): Promise<DeliveryReport[]>;
  /** Takes over a message that this one certainly did not take (`SmsError.elsewhere`). */
  failover?: SmsGateway;
}

/** In the order in which they are tried. */
export const gatewaysOf = (first: SmsGateway): SmsGateway[] =>
  first.failover ? [first, ...gatewaysOf(first.failover)] : [first];

interface SmsErrorOptions {
  retryable: boolean;
  retryAfterMs?: number | undefined;
  notTaken?: boolean;
  elsewhere?: boolean;
  cause?: unknown;
}

/** Its text names no number and no content of a message: it is stored and logged. */
export class SmsError extends Error {
  /** False: the gateway refused this message, and would again. */
  readonly retryable: boolean;
  /** How long the gateway asked to be left alone. */
  readonly retryAfterMs?: number;
  /** The gateway certainly does not have the message; false: nobody knows. */
  readonly notTaken: boolean;
  /** It does not have it for a reason of the gateway or the account: another gateway may send it. */
  readonly elsewhere: boolean;

  constructor(
    message: string,
    {
      retryable,
      retryAfterMs,
      elsewhere = false,
      notTaken = elsewhere || !retryable,
      cause,
    }: SmsErrorOptions,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SmsError';
    this.retryable = retryable;
    this.notTaken = notTaken;
    this.elsewhere = elsewhere;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}
