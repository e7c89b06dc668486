/** A real SMTP server in memory, which can also refuse or be away. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  to: string[];
  /** With its headers, as it came. */
  raw: string;
  messageId: string;
}

export interface TestMailServer {
  /** For `SMTP_URL`. */
  url: string;
  received: ReceivedMail[];
  /** Answers this number to every recipient; 250: takes them. */
  answer: number;
  stop(): Promise<void>;
}

export const startMailServer = async (): Promise<TestMailServer> => {
  const received: ReceivedMail[] = [];
  const state = { answer: 250 };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, callback) {
      if (state.answer === 250) return callback();
      callback(Object.assign(new Error('refused'), { responseCode: state.answer }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const messageId = /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim() ?? '';
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ to, raw, messageId });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}?from=desk@example.org`,
    received,
    get answer() {
      return state.answer;
    },
    set answer(value) {
      state.answer = value;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
};
