/**
 * Delivery reports of the SMS gateway. A receipt is a signed fact: repeated, late or out of order
 * it changes nothing that is further along.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { recordReceipts, type ReceiptRow } from './delivery-receipts.sql.ts';
import { addressGroup } from '../base/client-address.ts';
import { deliveryOf, isFurther } from './delivery.ts';
import { cleanPlainLine } from '../base/text.ts';
import { isUuid } from '../base/uuid.ts';
import { sameBytes } from '../sealing/secrets.ts';

const SECONDS = /^\d{1,12}$/;
const HEX = /^(?:sha256=)?([0-9a-f]{64})$/;
const MAX_REASON_LENGTH = 200;
const MAX_MESSAGE_ID_LENGTH = 200;
/** Gateways may repeat the number in their text; it is not stored. */
const LONG_NUMBER = /\p{Nd}[\p{Nd}\s-]{5,}\p{Nd}/gu;

const receiptSchema = z.object({
  id: z.string().max(200),
  messageId: z.union([z.string(), z.number()]).optional(),
  status: z.string().max(100),
  at: z.string().max(100).nullish(),
  reason: z.string().nullish(),
});
type Receipt = z.infer<typeof receiptSchema>;
const bodySchema = z.union([
  receiptSchema.transform((receipt) => [receipt]),
  z.array(receiptSchema).min(1),
]);

/** Over the header's timestamp, a full stop, and the bytes of the body. */
export const signReceipts = (secret: string, timestamp: string, body: Buffer | string): string =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');

export interface TakeReceipts {
  /** Raw bytes: the signature covers them. */
  body: Buffer;
  timestamp: string;
  signature: string;
  address: string;
}

export type TakeReceiptsResult =
  | { outcome: 'taken'; known: number; unknown: number }
  | { outcome: 'old' }
  | { outcome: 'forged' }
  | { outcome: 'malformed' };

export const takeReceipts = async (
  { db, config, rateLimits }: Deps,
  { body, timestamp, signature, address }: TakeReceipts,
): Promise<TakeReceiptsResult> => {
  const given = Buffer.from(HEX.exec(signature)?.[1] ?? '', 'hex');
  const isSigned =
    SECONDS.test(timestamp) &&
    // Any of them is right, so that a new secret can take the place of the old one.
    config.receiptSecrets.some((secret) =>
      sameBytes(given, Buffer.from(signReceipts(secret, timestamp, body), 'hex')),
    );
  if (!isSigned) {
    await rateLimits.take('forged_receipts', addressGroup(address));
    return { outcome: 'forged' };
  }
  const ageHours = Math.abs(Date.now() / 1000 - Number(timestamp)) / 3600;
  if (ageHours > config.limits.smsReceiptsHours) return { outcome: 'old' };
  const receipts = readBody(body);
  if (!receipts) return { outcome: 'malformed' };
  const rows = furthestOfEach(receipts);
  const ids = new Set(receipts.map(({ id }) => id.toLowerCase()));
  const asked = [...ids].filter((id) => isUuid(id));
  const known =
    asked.length === 0 ? new Set() : await recordReceipts(db, { ids: asked, receipts: rows });
  return { outcome: 'taken', known: known.size, unknown: ids.size - known.size };
};

const readBody = (body: Buffer): Receipt[] | undefined => {
  try {
    return bodySchema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
};

const furthestOfEach = (receipts: Receipt[]): ReceiptRow[] => {
  const rows = new Map<string, ReceiptRow>();
  for (const { id: given, messageId, status, at, reason } of receipts) {
    const id = given.toLowerCase();
    const state = deliveryOf(status);
    const before = rows.get(id);
    if (!isUuid(id) || !state || (before && !isFurther(state, before.state))) continue;
    rows.set(id, {
      id,
      state,
      at: readTime(at),
      reason: cleanReason(reason),
      gatewayMessageId:
        messageId === undefined
          ? null
          : cleanPlainLine(String(messageId)).slice(0, MAX_MESSAGE_ID_LENGTH),
    });
  }
  return [...rows.values()];
};

const readTime = (at: string | null | undefined): Date | null => {
  const time = at ? new Date(at) : undefined;
  // PostgreSQL does not read all the years that a JavaScript date reaches, and some gateways write a
  // time that they do not know as the year 1.
  const isUsable = time !== undefined && time.getTime() >= 0 && time.getUTCFullYear() < 10_000;
  return isUsable ? time : null;
};

const cleanReason = (reason: string | null | undefined): string | null => {
  const line = cleanPlainLine(reason ?? '').replace(LONG_NUMBER, '•••');
  return [...line].slice(0, MAX_REASON_LENGTH).join('') || null;
};
