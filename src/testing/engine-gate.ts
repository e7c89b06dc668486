/** A door before the Temporal server that refuses some calls, as a cluster with roles does. */
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface EngineGate {
  /** host:port */
  address: string;
  /** Paths of the calls that were refused, such as `/temporal.api…OperatorService/List…`. */
  refused: string[];
  close(): Promise<void>;
}

const GRPC = { ':status': 200, 'content-type': 'application/grpc' };

export const startEngineGate = async (
  target: string,
  refuses: (path: string) => 'PERMISSION_DENIED' | 'UNAUTHENTICATED' | undefined,
): Promise<EngineGate> => {
  const refused: string[] = [];
  const upstream = http2.connect(`http://${target}`);
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const path = headers[':path'] ?? '';
    const refusal = refuses(path);
    if (refusal !== undefined) {
      refused.push(path);
      const status = refusal === 'PERMISSION_DENIED' ? '7' : '16';
      stream.respond(
        { ...GRPC, 'grpc-status': status, 'grpc-message': 'Request unauthorized.' },
        { endStream: true },
      );
      return;
    }
    const call = upstream.request(headers);
    call.on('error', () => stream.close());
    call.on('response', (answer) => {
      stream.respond(answer, { waitForTrailers: true });
      let trailers: http2.OutgoingHttpHeaders = {};
      call.on('trailers', (given: http2.IncomingHttpHeaders) => {
        trailers = { ...given };
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      call.pipe(stream);
    });
    stream.on('aborted', () => call.close());
    stream.pipe(call);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    async close() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
