/**
 * OpenID Connect: authorization code with PKCE, state and nonce. The library checks signature,
 * issuer, audience, times and nonce of the ID token.
 */
import * as oidc from 'openid-client';

const CALL_SECONDS = 5;
/** Tolerated clock skew of the provider. */
const CLOCK_MS = 60_000;
const DISCOVERED_FOR_MS = 3_600_000;

export interface IdentityProviderSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  usernameClaim: string;
  /** Values of `acr` or `amr` that prove a second factor; none: the desk asks for its own. */
  secondFactorValues: string[];
  redirectUri: string;
}

export interface AskedIdentity {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export interface ProvenIdentity {
  issuer: string;
  subject: string;
  username: string | null;
  secondFactor: boolean;
}

export interface IdentityProvider {
  /**
   * `again` forces a new proof (`prompt=login`).
   * @throws IdentityProviderAway
   */
  ask(options?: { again?: boolean }): Promise<{ url: string; asked: AskedIdentity }>;
  /**
   * @param since of a forced proof: an `auth_time` before it is refused
   * @throws IdentityProviderAway
   * @throws IdentityRefused
   */
  prove(callback: URL, asked: AskedIdentity, since?: Date): Promise<ProvenIdentity>;
  check(): Promise<void>;
}

export class IdentityProviderAway extends Error {}

export class IdentityRefused extends Error {}

export const createIdentityProvider = (settings: IdentityProviderSettings): IdentityProvider => {
  const issuer = new URL(settings.issuer);
  let known: { configuration: Promise<oidc.Configuration>; until: number } | undefined;

  const discover = (): Promise<oidc.Configuration> => {
    if (known && known.until > Date.now()) return known.configuration;
    const configuration = oidc
      .discovery(issuer, settings.clientId, settings.clientSecret, undefined, {
        timeout: CALL_SECONDS,
        // Only the settings let it through, and not in production.
        ...(issuer.protocol === 'http:' && { execute: [oidc.allowInsecureRequests] }),
      })
      .catch((error: unknown) => {
        known = undefined;
        throw new IdentityProviderAway('the identity provider does not answer', { cause: error });
      });
    known = { configuration, until: Date.now() + DISCOVERED_FOR_MS };
    return configuration;
  };

  return {
    async ask({ again = false } = {}) {
      const configuration = await discover();
      const asked = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        codeVerifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: settings.redirectUri,
        scope: 'openid profile',
        state: asked.state,
        nonce: asked.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(asked.codeVerifier),
        code_challenge_method: 'S256',
        // The time of the proof then stands in the ID token (OpenID Connect Core, 3.1.2.1).
        ...(again && { prompt: 'login', max_age: '0' }),
      });
      return { url: url.href, asked };
    },

    async prove(callback, asked, since) {
      const configuration = await discover();
      const answer = new URL(settings.redirectUri);
      answer.search = callback.search;
      const tokens = await oidc
        .authorizationCodeGrant(configuration, answer, {
          expectedState: asked.state,
          expectedNonce: asked.nonce,
          pkceCodeVerifier: asked.codeVerifier,
          idTokenExpected: true,
        })
        .catch((error: unknown) => {
          throw isAway(error)
            ? new IdentityProviderAway('the identity provider does not answer', { cause: error })
            : new IdentityRefused('the identity provider proved nothing', { cause: error });
        });
      const claims = tokens.claims();
      if (!claims) throw new IdentityRefused('the identity provider sent no ID token');
      if (since && !((claims.auth_time ?? 0) * 1000 >= since.getTime() - CLOCK_MS))
        throw new IdentityRefused('the identity provider did not ask again');
      const username = claims[settings.usernameClaim];
      return {
        issuer: claims.iss,
        subject: claims.sub,
        username: typeof username === 'string' && username !== '' ? username : null,
        secondFactor: valuesOf(claims).some((value) => settings.secondFactorValues.includes(value)),
      };
    },

    async check() {
      known = undefined;
      await discover();
    },
  };
};

const valuesOf = ({ acr, amr }: Readonly<Record<string, unknown>>): string[] =>
  [acr, ...(Array.isArray(amr) ? (amr as unknown[]) : [])].filter(
    (value) => typeof value === 'string',
  );

const isAway = (error: unknown): boolean => {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return (
    (error instanceof TypeError && error.message === 'fetch failed') ||
    code === 'OAUTH_TIMEOUT' ||
    (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && cause instanceof Response && cause.status >= 500)
  );
};
