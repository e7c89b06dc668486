import smpp, { type Pdu, type Session } from 'smpp';
import { SmsError, type DeliveryReport } from '../sms-gateway.ts';
import { explain } from './provider-http.ts';
import { receiptOf } from './smpp-receipt.ts';

const ENQUIRE_MS = 30_000;
const BIND_MS = 30_000;
const TEMPORARY_FAILURE = 0x64;

export interface SmppLinkOptions {
  name: string;
  host: string;
  port: number;
  tls: boolean;
  user: string;
  password: string;
  timeoutMs: number;
  onReport: (report: DeliveryReport) => Promise<void>;
}

export type SmppAsk = (command: 'submit_sm', fields: object) => Promise<Pdu>;

export const createSmppLink = (options: SmppLinkOptions): (() => Promise<SmppAsk>) => {
  let opening: Promise<Session> | undefined;
  return async () => {
    opening ??= open(options, () => {
      opening = undefined;
    });
    const session = await opening;
    return (command, fields) => ask(session, { command, fields, ...options });
  };
};

const unreached = (name: string, why: string): SmsError =>
  new SmsError(`${name} is not reached: ${why}`, { retryable: true, elsewhere: true });

const open = async (options: SmppLinkOptions, onClose: () => void): Promise<Session> => {
  const { name, host, port, tls, user, password } = options;
  const session = smpp.connect({ host, port, tls });
  session.setMaxListeners(0);
  session.on('close', onClose);
  try {
    await connected(session, { name, event: tls ? 'secureConnect' : 'connect' });
    attend(session, options);
    const bound = await ask(session, {
      command: 'bind_transceiver',
      fields: { system_id: user, password },
      name,
      timeoutMs: BIND_MS,
    }).catch((error: unknown) => {
      throw unreached(name, error instanceof Error ? error.message : 'no answer to the bind');
    });
    if (bound.command_status !== 0)
      throw unreached(name, `the bind was refused with status ${bound.command_status}`);
    return session;
  } catch (error) {
    onClose();
    session.destroy();
    throw error;
  }
};

const connected = (
  session: Session,
  { name, event }: { name: string; event: string },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unreached(name, 'timeout')), BIND_MS);
    session.on('error', (error: unknown) => {
      clearTimeout(timer);
      session.destroy();
      reject(unreached(name, explain(error)));
    });
    session.once(event, () => {
      clearTimeout(timer);
      resolve();
    });
  });

const attend = (session: Session, { name, timeoutMs, onReport }: SmppLinkOptions): void => {
  session.socket.unref();
  const timer = setInterval(() => {
    ask(session, { command: 'enquire_link', fields: {}, name, timeoutMs }).catch(() =>
      session.destroy(),
    );
  }, ENQUIRE_MS);
  timer.unref();
  session.on('close', () => clearInterval(timer));
  session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu: Pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on('deliver_sm', (pdu: Pdu) => {
    const report = receiptOf(pdu);
    const taken = report ? onReport(report) : Promise.resolve();
    taken.then(
      () => session.send(pdu.response()),
      // It comes again.
      () => session.send(pdu.response({ command_status: TEMPORARY_FAILURE })),
    );
  });
};

const ask = (
  session: Session,
  {
    command,
    fields,
    name,
    timeoutMs,
  }: {
    command: 'bind_transceiver' | 'submit_sm' | 'enquire_link';
    fields: object;
    name: string;
    timeoutMs: number;
  },
): Promise<Pdu> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      session.off('close', lost);
      reject(new SmsError(`${name} gave no answer: ${why}`, { retryable: true }));
    };
    const lost = (): void => fail('the connection was lost');
    const timer = setTimeout(() => fail('timeout'), timeoutMs);
    session.once('close', lost);
    const isWritten = session[command](fields, (pdu) => {
      clearTimeout(timer);
      session.off('close', lost);
      resolve(pdu);
    });
    if (!isWritten) fail('the connection was lost');
  });
