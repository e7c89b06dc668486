/** Servers that answer as the SMS providers document it, one for each scheme of `SMS_URL`. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import smpp, { type Pdu, type Session } from 'smpp';

export type ProviderMode =
  | 'accept'
  /** The account may not send: no budget, or closed. */
  | 'account'
  /** Too much at once. */
  | 'later'
  /** The message is refused. */
  | 'final'
  /** A code that nobody documents. */
  | 'unheard-of'
  /** Takes the message, then cuts the connection. */
  | 'cut'
  /** Takes the message and never answers. */
  | 'silent'
  /** Answers with something else than the protocol. */
  | 'garbage';

export interface TakenSms {
  to: string;
  text: string;
  /** Of an approved template. */
  template?: { name: string; values: Record<string, string> };
}

export interface StubProvider {
  /** For `SMS_URL`. */
  url(query?: string): string;
  secret: string;
  taken: TakenSms[];
  /** Each request with its address and headers, in which a key may stand. */
  requests: { address: string; headers: IncomingHttpHeaders; body: string }[];
  setMode(mode: ProviderMode): void;
  /** What it says of each message from now on. */
  setFate(fate: 'delivered' | 'undelivered'): void;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  body: unknown;
}

interface Asked {
  path: string;
  query: URLSearchParams;
  fields: Record<string, unknown>;
}

interface Protocol {
  user: string;
  sender: string;
  isReport(asked: Asked): boolean;
  take(asked: Asked): TakenSms;
  accept(asked: Asked): Answer;
  refuse(mode: 'account' | 'later' | 'final' | 'unheard-of'): Answer;
  report(asked: Asked, fate: 'delivered' | 'undelivered'): Answer;
}

export const SECRET = 'top-secret-key';

const str = (value: unknown): string => (typeof value === 'string' ? value : String(value));

const KAVENEGAR_CODES = { account: 418, later: 409, final: 411, 'unheard-of': 999 };
const kavenegar: Protocol = {
  user: SECRET,
  sender: 'sender=2000500666',
  isReport: ({ path }) => path === `/v1/${SECRET}/sms/status.json`,
  take: ({ fields: { receptor, message, template, ...values } }) => ({
    to: str(receptor),
    text: str(message ?? ''),
    ...(template !== undefined && {
      template: { name: str(template), values: values as Record<string, string> },
    }),
  }),
  accept: ({ path }) => ({
    status: 200,
    body: {
      return: { status: 200, message: 'تایید شد' },
      entries: path.includes('lookup')
        ? { messageid: 8792343 }
        : [{ messageid: 8792343, status: 1 }],
    },
  }),
  refuse: (mode) => ({
    status: KAVENEGAR_CODES[mode],
    body: { return: { status: KAVENEGAR_CODES[mode], message: 'خطا' }, entries: null },
  }),
  report: (_, fate) => ({
    status: 200,
    body: {
      return: { status: 200 },
      entries: [{ messageid: 8792343, status: fate === 'delivered' ? 10 : 11 }],
    },
  }),
};

const SMSIR_CODES = { account: 102, later: 20, final: 104, 'unheard-of': 0 };
const smsir: Protocol = {
  user: SECRET,
  sender: 'line=30007732',
  isReport: ({ path }) => /^\/v1\/send\/\d+$/.test(path),
  take: ({ path, fields }) => {
    if (path === '/v1/send/bulk')
      return { to: str((fields.mobiles as string[])[0]), text: str(fields.messageText) };
    const parameters = fields.parameters as { name: string; value: string }[];
    const values = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
    return {
      to: str(fields.mobile),
      text: '',
      template: { name: str(fields.templateId), values },
    };
  },
  accept: ({ path }) => ({
    status: 200,
    body: {
      status: 1,
      message: 'موفق',
      data: path === '/v1/send/bulk' ? { messageIds: [8792343] } : { messageId: 8792343 },
    },
  }),
  refuse: (mode) => ({
    status: mode === 'unheard-of' ? 500 : 400,
    body: { status: SMSIR_CODES[mode], message: 'خطا', data: null },
  }),
  report: (_, fate) => ({
    status: 200,
    body: { status: 1, data: { messageId: 8792343, deliveryState: fate === 'delivered' ? 1 : 2 } },
  }),
};

const MELIPAYAMAK_CODES = { account: 2, later: 6, final: 18, 'unheard-of': 77 };
const melipayamak: Protocol = {
  user: `office:${SECRET}`,
  sender: 'from=50004001',
  isReport: ({ path }) => path === '/api/SendSMS/GetDeliveries2',
  take: ({ fields: { to, text: body, bodyId } }) => ({
    to: str(to),
    text: bodyId === undefined ? str(body) : '',
    ...(bodyId !== undefined && {
      template: {
        name: str(bodyId),
        values: Object.fromEntries(
          str(body)
            .split(';')
            .map((value, index) => [index, value]),
        ),
      },
    }),
  }),
  accept: () => ({ status: 200, body: { Value: '8792343001122334', RetStatus: 1 } }),
  refuse: (mode) => ({
    status: 200,
    body: { Value: '0', RetStatus: MELIPAYAMAK_CODES[mode], StrRetStatus: 'خطا' },
  }),
  report: (_, fate) => ({
    status: 200,
    body: { Value: fate === 'delivered' ? '1' : '2', RetStatus: 1 },
  }),
};

const GHASEDAK_CODES = { account: 418, later: 409, final: 411, 'unheard-of': 999 };
const ghasedak: Protocol = {
  user: SECRET,
  sender: 'line=30006703',
  isReport: ({ path }) => path.endsWith('/CheckSmsStatus'),
  take: ({ path, fields }) => {
    if (path.endsWith('/SendSingleSMS'))
      return { to: str(fields.receptor), text: str(fields.message) };
    const inputs = fields.inputs as { param: string; value: string }[];
    return {
      to: (fields.receptors as { mobile: string }[])[0]?.mobile ?? '',
      text: '',
      template: {
        name: str(fields.templateName),
        values: Object.fromEntries(inputs.map(({ param, value }) => [param, value])),
      },
    };
  },
  accept: ({ path }) => ({
    status: 200,
    body: {
      isSuccess: true,
      statusCode: 200,
      data: path.endsWith('/SendSingleSMS')
        ? { messageId: '8792343' }
        : { items: [{ messageId: '8792343' }] },
    },
  }),
  refuse: (mode) => ({
    status: 400,
    body: { isSuccess: false, statusCode: GHASEDAK_CODES[mode], message: 'خطا', data: null },
  }),
  report: ({ query }, fate) => ({
    status: 200,
    body: {
      isSuccess: true,
      statusCode: 200,
      data: {
        items: query
          .getAll('Ids')
          .map((messageId) => ({ messageId, status: fate === 'delivered' ? 14 : 13 })),
      },
    },
  }),
};

const TWILIO_CODES = { account: 20003, later: 20429, final: 21211, 'unheard-of': undefined };
const TWILIO_STATUSES = { account: 401, later: 429, final: 400, 'unheard-of': 500 };
const twilio: Protocol = {
  user: `AC1:${SECRET}`,
  sender: 'from=%2B15005550006',
  isReport: ({ path }) => path.startsWith('/2010-04-01/Accounts/AC1/Messages/'),
  take: ({ fields: { To, Body } }) => ({ to: str(To).replace('+98', '0'), text: str(Body) }),
  accept: () => ({ status: 201, body: { sid: 'SM8792343', status: 'queued' } }),
  refuse: (mode) => ({
    status: TWILIO_STATUSES[mode],
    body: { code: TWILIO_CODES[mode], message: 'no', status: TWILIO_STATUSES[mode] },
  }),
  report: (_, fate) => ({
    status: 200,
    body: { sid: 'SM8792343', status: fate, error_code: fate === 'delivered' ? null : 30003 },
  }),
};

const PROTOCOLS = { kavenegar, smsir, melipayamak, ghasedak, twilio };
export const HTTP_PROVIDERS = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[];

const fieldsOf = (body: string, type = ''): Record<string, unknown> =>
  type.startsWith('application/json')
    ? (JSON.parse(body) as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(body));

export const startHttpProvider = async (scheme: keyof typeof PROTOCOLS): Promise<StubProvider> => {
  const protocol = PROTOCOLS[scheme];
  let mode: ProviderMode = 'accept';
  let fate: 'delivered' | 'undelivered' = 'delivered';
  const taken: TakenSms[] = [];
  const requests: StubProvider['requests'] = [];

  const answerTo = (asked: Asked): Answer | 'cut' | 'silent' => {
    if (protocol.isReport(asked)) return protocol.report(asked, fate);
    if (mode === 'garbage') return { status: 200, body: '<html>' };
    if (mode !== 'accept' && mode !== 'cut' && mode !== 'silent') return protocol.refuse(mode);
    taken.push(protocol.take(asked));
    return mode === 'accept' ? protocol.accept(asked) : mode;
  };

  const server = createServer((request, response) => {
    respond(request, response).catch(() => request.socket.destroy());
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const address = new URL(request.url ?? '', 'http://stub');
    requests.push({ address: address.href, headers: request.headers, body });
    const answer = answerTo({
      path: address.pathname,
      query: address.searchParams,
      fields: body === '' ? {} : fieldsOf(body, request.headers['content-type']),
    });
    if (answer === 'silent') return;
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (query = '') =>
      `${scheme}://${protocol.user}@127.0.0.1:${port}?${protocol.sender}&http=1${query}`,
    secret: SECRET,
    taken,
    requests,
    setMode(next) {
      mode = next;
    },
    setFate(next) {
      fate = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export interface StubSmsc extends StubProvider {
  /** The parts as they came. */
  parts: Pdu[];
  /** Answers "throttled" so often before it accepts. */
  throttle(times: number): void;
  /** Sends a delivery receipt over every bound connection; resolves with the status of its answer. */
  deliver(id: string, stat: string): Promise<number>;
}

const SMPP_STATUSES = { account: 0x0a, later: 0x58, final: 0x0b, 'unheard-of': 0x4ff };
const WRONG_PASSWORD = 0x0e;
const THROTTLED = 0x58;

/** An SMSC, with the server part of the library whose client part the desk uses. */
export const startSmsc = async (): Promise<StubSmsc> => {
  let mode: ProviderMode = 'accept';
  let throttled = 0;
  let count = 0;
  const taken: TakenSms[] = [];
  const parts: Pdu[] = [];
  const sessions = new Set<Session>();

  const submit = (session: Session, pdu: Pdu): void => {
    if (mode === 'silent') return;
    if (mode === 'garbage') {
      session.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
      return;
    }
    if (throttled > 0) {
      throttled -= 1;
      session.send(pdu.response({ command_status: THROTTLED }));
      return;
    }
    if (mode !== 'accept' && mode !== 'cut') {
      session.send(pdu.response({ command_status: SMPP_STATUSES[mode] }));
      return;
    }
    parts.push(pdu);
    const piece = pdu.short_message?.message ?? '';
    taken.push({ to: str(pdu.destination_addr).replace(/^98/, '0'), text: str(piece) });
    if (mode === 'cut') session.destroy();
    else session.send(pdu.response({ message_id: `m${(count += 1)}` }));
  };

  const server = smpp.createServer((session) => {
    sessions.add(session);
    session.on('error', () => session.destroy());
    session.on('close', () => sessions.delete(session));
    session.on('bind_transceiver', (pdu: Pdu) => {
      const isKnown = pdu.system_id === 'office' && pdu.password === 'smsc-pw';
      session.send(pdu.response({ command_status: isKnown ? 0 : WRONG_PASSWORD }));
    });
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
    session.on('submit_sm', (pdu: Pdu) => submit(session, pdu));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (query = '') => `smpp://office:smsc-pw@127.0.0.1:${port}?source=30007732${query}`,
    secret: 'smsc-pw',
    taken,
    parts,
    requests: [],
    setMode(next) {
      mode = next;
    },
    setFate() {},
    throttle(times) {
      throttled = times;
    },
    deliver: (id, stat) =>
      new Promise((resolve) => {
        const [session] = sessions;
        session?.deliver_sm(
          {
            esm_class: 4,
            source_addr: '989123456789',
            destination_addr: '30007732',
            short_message: `id:${id} sub:001 dlvrd:001 submit date:2611300900 done date:2611300901 stat:${stat} err:000 text:`,
          },
          ({ command_status }) => resolve(command_status),
        );
      }),
    async stop() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
