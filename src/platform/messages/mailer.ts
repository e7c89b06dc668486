import { createTransport } from 'nodemailer';

export interface Mail {
  id: string;
  organisation: string;
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  send(mail: Mail): Promise<void>;
  close(): void;
}

export class MailError extends Error {
  readonly final: boolean;

  constructor(message: string, { final }: { final: boolean }) {
    super(message);
    this.final = final;
  }
}

const TIMEOUT_MS = 20_000;

export const createMailer = ({ url, host }: { url: string; host: string }): Mailer => {
  const server = new URL(url);
  const from = server.searchParams.get('from') ?? `desk@${host}`;
  server.searchParams.delete('from');
  const transport = createTransport({
    url: server.href,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ id, organisation, to, subject, text }) {
      try {
        await transport.sendMail({
          from: { name: organisation, address: from },
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@${host}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        throw toMailError(error);
      }
    },
    close: () => transport.close(),
  };
};

/** Keeps only the reply code: the server's text may quote the address. */
const toMailError = (error: unknown): MailError => {
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  const answer = typeof responseCode === 'number' ? responseCode : undefined;
  const isRefused = code === 'EENVELOPE' && answer !== undefined && answer >= 500;
  const why = [typeof code === 'string' ? code : 'not sent', answer].filter(Boolean).join(' ');
  return new MailError(why, { final: isRefused });
};
