/** What is used of a package that brings no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server, Socket } from 'node:net';

  export interface Pdu {
    command: string;
    command_status: number;
    esm_class?: number;
    data_coding?: number;
    message_id?: string;
    receipted_message_id?: string;
    message_state?: number;
    short_message?: { message?: string | Buffer; udh?: Buffer[] };
    response(options?: object): Pdu;
    [field: string]: unknown;
  }

  type Command = (fields: object, answered: (pdu: Pdu) => void) => boolean;

  export interface Session extends EventEmitter {
    socket: Socket;
    bind_transceiver: Command;
    submit_sm: Command;
    enquire_link: Command;
    deliver_sm: Command;
    send(pdu: Pdu): boolean;
    close(): void;
    destroy(): void;
  }

  const smpp: {
    connect(options: { host: string; port: number; tls?: boolean }): Session;
    createServer(listener: (session: Session) => void): Server;
    encodings: { ASCII: { encode(text: string): Buffer } };
  };
  export default smpp;
}
