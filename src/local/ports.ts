import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * Whether a server could listen there now.
 * @throws Error when the address is not one of this machine, or the port not for this user
 */
export const portIsFree = async (host: string, port: number): Promise<boolean> =>
  (await canListen(host, port)) && !(await somebodyAnswers(host, port));

/** On some systems listening on one address works although another program has the port on all. */
const somebodyAnswers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: reachableHost(host), port, timeout: 1000 });
    const answer = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });

const canListen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** A port of loopback that nothing listens on, of the system's choice. */
export const anyFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Where a server that listens on `host` can be reached from this machine. */
export const reachableHost = (host: string): string =>
  host === '0.0.0.0' || host === '::' || host === '' ? '127.0.0.1' : host;
