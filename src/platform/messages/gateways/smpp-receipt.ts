import type { Pdu } from 'smpp';
import type { DeliveryReport } from '../sms-gateway.ts';

type State = DeliveryReport['state'];

const RECEIPT = 0x04;
const MESSAGE_TYPE = 0x3c;

/** SMPP 3.4, 5.2.28: `message_state`. */
const STATES: Record<number, State> = {
  1: 'sent',
  2: 'delivered',
  3: 'undelivered',
  4: 'undelivered',
  5: 'undelivered',
  6: 'sent',
  8: 'undelivered',
};

/** SMPP 3.4, appendix B: `stat`. */
const WORDS: Record<string, State> = {
  ENROUTE: 'sent',
  ACCEPTD: 'sent',
  DELIVRD: 'delivered',
  EXPIRED: 'undelivered',
  DELETED: 'undelivered',
  UNDELIV: 'undelivered',
  REJECTD: 'undelivered',
};

export const receiptOf = (pdu: Pdu): DeliveryReport | undefined => {
  if (((pdu.esm_class ?? 0) & MESSAGE_TYPE) !== RECEIPT) return undefined;
  const text = String(pdu.short_message?.message ?? '');
  const word = /\bstat:([A-Z]{1,7})/.exec(text)?.[1] ?? '';
  const gatewayMessageId = pdu.receipted_message_id ?? /\bid:(\S{1,65})/.exec(text)?.[1];
  const state = STATES[pdu.message_state ?? 0] ?? WORDS[word];
  if (!gatewayMessageId || !state) return undefined;
  const code = /\berr:(\w{1,5})/.exec(text)?.[1];
  const hasReason = state === 'undelivered' && code !== undefined;
  return { gatewayMessageId, state, ...(hasReason && { reason: `error ${code}` }) };
};
