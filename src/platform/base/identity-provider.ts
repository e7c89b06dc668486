/**
 * The organisation's identity provider: OpenID Connect, authorization code with PKCE, state and
 * nonce. The library checks signature, issuer, audience, times and nonce of the ID token.
 */
import * as oidc from 'openid-client';

const CALL_SECONDS = 5;
/** By how much the provider's clock may be behind. */
const CLOCK_MS = 60_000;
/** The provider's addresses and keys change rarely; one that moved is found again within an hour. */
const DISCOVERED_FOR_MS = 3_600_000;

export interface IdentityProviderSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Claim of the ID token that holds the desk's user name. */
  usernameClaim: string;
  /** Values of `acr` or `amr` that stand for a second factor; none: the desk asks for its own. */
  secondFactorValues: string[];
  /** Where the provider sends people back to. */
  redirectUri: string;
}

/** What has to be kept until the person comes back. */
export interface AskedIdentity {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export interface ProvenIdentity {
  issuer: string;
  subject: string;
  /** Null: the ID token has no such claim. */
  username: string | null;
  /** The provider says that it asked for a second factor. */
  secondFactor: boolean;
}

export interface IdentityProvider {
  /**
   * Where the person proves who they are; `again`: although the provider knows them from before.
   * @throws IdentityProviderAway
   */
  ask(options?: { again?: boolean }): Promise<{ url: string; asked: AskedIdentity }>;
  /**
   * @param callback address that the person came back with
   * @param since of one that was asked for again: proven before this is not proven
   * @throws IdentityProviderAway
   * @throws IdentityRefused when it is not the answer to `asked`, or not of this provider
   */
  prove(callback: URL, asked: AskedIdentity, since?: Date): Promise<ProvenIdentity>;
  /** @throws IdentityProviderAway */
  check(): Promise<void>;
}

/** It does not answer, or answers nonsense. */
export class IdentityProviderAway extends Error {}

/** What came back proves nothing. */
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

/** A broken connection, a time-out, or an answer of 5xx. */
const isAway = (error: unknown): boolean => {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return (
    (error instanceof TypeError && error.message === 'fetch failed') ||
    code === 'OAUTH_TIMEOUT' ||
    (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && cause instanceof Response && cause.status >= 500)
  );
};
