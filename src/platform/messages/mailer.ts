/** Sends e-mail through the server that `SMTP_URL` names. */
import { createTransport } from 'nodemailer';

export interface Mail {
  /** Of the row: a server that gets the same one again can know it by its Message-ID. */
  id: string;
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** @throws MailError */
  send(mail: Mail): Promise<void>;
  close(): void;
}

export class MailError extends Error {
  /** The server will never take it. */
  readonly final: boolean;

  constructor(message: string, { final }: { final: boolean }) {
    super(message);
    this.final = final;
  }
}

const TIMEOUT_MS = 20_000;

/** @param settings.url `smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS` */
export const createMailer = ({
  url,
  host,
  organisation,
}: {
  url: string;
  /** Of the desk's own address, in Message-ID and in the sender where none is given. */
  host: string;
  organisation: string;
}): Mailer => {
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
    async send({ id, to, subject, text }) {
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

/** A server's answer may quote the address: only its number is kept. */
const toMailError = (error: unknown): MailError => {
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  const answer = typeof responseCode === 'number' ? responseCode : undefined;
  const isRefused = code === 'EENVELOPE' && answer !== undefined && answer >= 500;
  const why = [typeof code === 'string' ? code : 'not sent', answer].filter(Boolean).join(' ');
  return new MailError(why, { final: isRefused });
};
