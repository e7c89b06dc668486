import { OperatorError } from '../base/errors.ts';
import {
  readGatewayUrl,
  schemeOf,
  senderOf,
  smsUrlProblem,
  splitSmsUrl,
} from './gateways/gateway-url.ts';
import { createGhasedakGateway } from './gateways/ghasedak.ts';
import { createKavenegarGateway } from './gateways/kavenegar.ts';
import { createMelipayamakGateway } from './gateways/melipayamak.ts';
import { createSmppGateway } from './gateways/smpp.ts';
import { createSmsirGateway } from './gateways/smsir.ts';
import { createTwilioGateway } from './gateways/twilio.ts';
import { createOutboxGateway } from './outbox-gateway.ts';
import type { DeliveryReport, SmsGateway } from './sms-gateway.ts';
import { createWebhookGateway } from './webhook-gateway.ts';

export interface SmsGatewayOptions {
  url: string;
  timeoutMs: number;
  onReport?: (gateway: string, report: DeliveryReport) => Promise<void>;
}

const PROVIDERS = {
  kavenegar: createKavenegarGateway,
  smsir: createSmsirGateway,
  melipayamak: createMelipayamakGateway,
  ghasedak: createGhasedakGateway,
  twilio: createTwilioGateway,
  smpp: createSmppGateway,
};

export const createSmsGateway = (options: SmsGatewayOptions): SmsGateway => {
  const problem = smsUrlProblem(options.url);
  if (problem !== undefined) throw new OperatorError(`SMS_URL: ${problem}`);
  const [first, second] = splitSmsUrl(options.url).map((url, index) =>
    createOne({ ...options, url, mark: index === 0 ? '' : ' (failover)' }),
  );
  if (!first) throw new OperatorError('SMS_URL: names no gateway');
  return second ? { ...first, failover: second } : first;
};

const createOne = ({
  url,
  timeoutMs,
  onReport,
  mark,
}: SmsGatewayOptions & { mark: string }): SmsGateway => {
  const scheme = schemeOf(url);
  if (scheme === 'outbox') return createOutboxGateway();
  if (!isProvider(scheme)) return createWebhookGateway({ url, timeoutMs, mark });
  const read = readGatewayUrl(url);
  if (typeof read === 'string') throw new OperatorError(`SMS_URL: ${read}`);
  const name = `${scheme} ${read.host} ${senderOf(read)}${mark}`;
  return PROVIDERS[scheme](read, {
    name,
    timeoutMs,
    onReport: async (report) => onReport?.(name, report),
  });
};

const isProvider = (scheme: string): scheme is keyof typeof PROVIDERS =>
  Object.hasOwn(PROVIDERS, scheme);
