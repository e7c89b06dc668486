/** The outbox of a desk for trying out holds sign-in codes: it is for this machine alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';

let home: RealHome;
let site: RealSite;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { HOST: '0.0.0.0', TRUSTED_PROXY: '127.0.0.1' } });
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});

/** As the server hands a request on: with the line that it came by. */
const ask = async (
  path: string,
  remoteAddress: string,
  headers: Record<string, string> = {},
): Promise<number> => {
  const incoming = { socket: { remoteAddress }, rawHeaders: [] };
  const env = { incoming } as unknown as Record<string, unknown>;
  return (await site.app.request(`http://desk.test/dev/${path}`, { headers }, env)).status;
};
const PATHS = ['outbox', 'outbox.json', 'outbox?mobile=09121234567'];

test('who connects from this machine reads it', async () => {
  for (const path of PATHS)
    for (const peer of ['127.0.0.1', '127.0.0.53', '::1', '::ffff:127.0.0.1'])
      expect({ path, peer, status: await ask(path, peer) }).toEqual({ path, peer, status: 200 });
});

test('who connects from another machine finds nothing, whatever the headers say', async () => {
  for (const path of PATHS)
    for (const peer of ['192.168.1.7', '::ffff:10.0.0.9', 'fe80::1', ''])
      for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1' }])
        expect({ path, peer, status: await ask(path, peer, headers) }).toMatchObject({
          status: 404,
        });
});

test('a proxy on this machine does not open it for others', async () => {
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])
    for (const value of ['203.0.113.5', '127.0.0.1'])
      expect(await ask('outbox', '127.0.0.1', { [name]: value })).toBe(404);
});
