/**
 * Ports of a test's own. Below those that the system gives to outgoing connections: one of them
 * could take a number between its choice and the start of the server, or while that is away.
 */
import net from 'node:net';

/** Fault runs have those above. */
const [FROM, TO] = [20_000, 28_000];
const BLOCK = 10;
/** Listened on as long as this process lives, so that no other test file has the block meanwhile. */
const CLAIM = BLOCK - 1;

const listenOn = (port: number): Promise<net.Server | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });

const isFree = async (port: number): Promise<boolean> => {
  const server = await listenOn(port);
  if (server) await new Promise((resolve) => server.close(resolve));
  return server !== undefined;
};

/** The first of nine ports in a row that are free, and this process's until its end. */
export const freePorts = async (): Promise<number> => {
  for (;;) {
    const first = FROM + Math.floor((Math.random() * (TO - FROM)) / BLOCK) * BLOCK;
    const claim = await listenOn(first + CLAIM);
    if (!claim) continue;
    claim.unref();
    const ports = Array.from({ length: CLAIM }, (_, offset) => first + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
    await new Promise((resolve) => claim.close(resolve));
  }
};
