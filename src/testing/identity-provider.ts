/** A real OpenID Connect provider on loopback; whoever comes is at once the person that it holds. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const CLIENT = { id: 'pishkhan', secret: 'a secret between desk and provider' };

export interface TestIdentityProvider {
  issuer: string;
  /** Who the next sign-in is, by what they proved it. */
  person: { subject: string; username: string; amr: string[] };
  /** Follows the redirects of a browser until it is sent back. @returns the callback's address */
  signIn(url: string): Promise<URL>;
  stop(): Promise<void>;
}

export const startIdentityProvider = async (redirectUri: string): Promise<TestIdentityProvider> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const names = new Map<string, string>();

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    cookies: { keys: ['for tests only'] },
    // The user name and how it was proven stand in the ID token, as real providers can be told to.
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'amr'], profile: ['preferred_username'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, preferred_username: names.get(accountId) }),
    }),
    async loadExistingGrant(context: {
      oidc: { client: { clientId: string }; session: { accountId: string } };
    }) {
      const { client, session } = context.oidc;
      const grant = new provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  const test: TestIdentityProvider = {
    issuer,
    person: { subject: 'subject-1', username: 'nobody', amr: ['pwd'] },

    async signIn(url) {
      const jar = new Map<string, string>();
      let next = new URL(url);
      for (let steps = 0; next.href.startsWith(issuer); steps += 1) {
        if (steps > 10) throw new Error(`the provider goes in circles at ${next.pathname}`);
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
        for (const set of response.headers.getSetCookie()) {
          const [pair = ''] = set.split(';');
          const [name = '', ...value] = pair.split('=');
          jar.set(name, value.join('='));
        }
        const location = response.headers.get('location');
        if (location === null)
          throw new Error(`the provider says ${response.status}: ${await response.text()}`);
        next = new URL(location, issuer);
      }
      return next;
    },

    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
    const { subject, username, amr } = test.person;
    names.set(subject, username);
    return void provider.interactionFinished(request, response, {
      login: { accountId: subject, amr },
    });
  });
  return test;
};
