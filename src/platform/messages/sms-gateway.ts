/**
 * Sending is at-least-once: after a lost connection the same message is sent again with the same
 * id, by which a gateway recognises a repeat.
 */
import type { DeliveryState } from './delivery.ts';

export interface SmsMessage {
  id: string;
  to: string;
  kind: string;
  text: string;
  params: Record<string, string>;
}

export interface DeliveryReport {
  gatewayMessageId: string;
  state: DeliveryState;
  reason?: string;
}

export interface SmsGateway {
  /**
   * Provider, host and sender, such as `kavenegar api.kavenegar.com 2000500666`; never a secret.
   */
  name: string;
  send(message: SmsMessage): Promise<{ messageId?: string }>;
  fetchReports?(gatewayMessageIds: string[]): Promise<DeliveryReport[]>;
  failover?: SmsGateway;
}

export const gatewaysOf = (first: SmsGateway): SmsGateway[] =>
  first.failover ? [first, ...gatewaysOf(first.failover)] : [first];

interface SmsErrorOptions {
  retryable: boolean;
  retryAfterMs?: number | undefined;
  notTaken?: boolean;
  elsewhere?: boolean;
  cause?: unknown;
}

/** Holds no number and no content of a message: it is stored and logged. */
export class SmsError extends Error {
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  /** The gateway certainly does not have the message; false: unknown. */
  readonly notTaken: boolean;
  /** Fault of the gateway or account, not the message: another gateway may send it. */
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
