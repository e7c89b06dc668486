import { setTimeout as sleep } from 'node:timers/promises';
import { SmsError, type DeliveryReport, type SmsGateway } from '../sms-gateway.ts';
import { senderOf, type GatewayUrl } from './gateway-url.ts';
import { createSmppLink, type SmppAsk } from './smpp-link.ts';
import { smppParts } from './smpp-parts.ts';

const THROTTLED_MS = [250, 500, 1_000, 2_000];
const ACCOUNT_RETRY_MS = 60_000;
const DEFAULT_PORT = 2775;

const THROTTLED = new Set([0x14, 0x58]);
/** Source address, service, bind state: the account's fault. */
const ACCOUNT = new Set([0x03, 0x04, 0x05, 0x0a, 0x0d, 0x0e, 0x0f, 0x15, 0x48, 0x49, 0x53]);
/** Destination or content: the message's fault. */
const FINAL = new Set([
  0x01, 0x02, 0x06, 0x07, 0x0b, 0x33, 0x34, 0x40, 0x43, 0x50, 0x51, 0x61, 0x62,
]);
const PROBLEM_OF_SMSC = new Set([0x08, 0x45]);

export const createSmppGateway = (
  url: GatewayUrl,
  {
    name,
    timeoutMs,
    onReport,
  }: { name: string; timeoutMs: number; onReport: (report: DeliveryReport) => Promise<void> },
): SmsGateway => {
  const { hostname, port } = new URL(url.origin.replace(/^https?:/, 'smpp:'));
  const bound = createSmppLink({
    name,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || DEFAULT_PORT),
    tls: url.query.get('tls') === '1',
    user: url.user,
    password: url.password,
    timeoutMs,
    onReport,
  });
  return {
    name,
    async send({ id, to, text }) {
      const ask = await bound();
      const parts = smppParts(text, id);
      let messageId: string | undefined;
      for (const [index, part] of parts.entries()) {
        const isLast = index === parts.length - 1;
        messageId = await submit(ask, {
          name,
          isFirst: index === 0,
          fields: {
            ...sourceOf(senderOf(url)),
            dest_addr_ton: 1,
            dest_addr_npi: 1,
            destination_addr: to.replace(/^\+/, ''),
            // A message has arrived when its last part has.
            registered_delivery: isLast ? 1 : 0,
            ...part,
          },
        });
      }
      return messageId ? { messageId } : {};
    },
  };
};

const sourceOf = (source: string) =>
  /^\+?\d+$/.test(source)
    ? {
        source_addr_ton: source.startsWith('+') ? 1 : 0,
        source_addr_npi: 1,
        source_addr: source.replace(/^\+/, ''),
      }
    : { source_addr_ton: 5, source_addr_npi: 0, source_addr: source };

const submit = async (
  ask: SmppAsk,
  { name, isFirst, fields }: { name: string; isFirst: boolean; fields: object },
): Promise<string | undefined> => {
  for (const wait of [...THROTTLED_MS, undefined]) {
    const { command_status: status, message_id: messageId } = await ask('submit_sm', fields);
    if (status === 0) return messageId;
    if (!THROTTLED.has(status) || wait === undefined) throw refusal(name, { status, isFirst });
    await sleep(wait);
  }
  return undefined;
};

/** After the first part the person may already have some of the message. */
const refusal = (
  name: string,
  { status, isFirst }: { status: number; isFirst: boolean },
): SmsError => {
  const isOfAccount = ACCOUNT.has(status);
  const isKnown = isOfAccount || THROTTLED.has(status) || PROBLEM_OF_SMSC.has(status);
  return new SmsError(`${name} answered with status ${status}`, {
    retryable: !FINAL.has(status),
    elsewhere: isFirst && isOfAccount,
    notTaken: isFirst && (isKnown || FINAL.has(status)),
    retryAfterMs: isOfAccount ? ACCOUNT_RETRY_MS : undefined,
  });
};
