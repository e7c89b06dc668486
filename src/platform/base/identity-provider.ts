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

export class IdentityProviderAway extends Error {}

export class IdentityRefused extends Error {}

export class IdentityProvider {
  private readonly settings: IdentityProviderSettings;
  private known: { configuration: Promise<oidc.Configuration>; until: number } | undefined;

  constructor(settings: IdentityProviderSettings) {
    this.settings = settings;
  }

  private discover(): Promise<oidc.Configuration> {
    if (this.known && this.known.until > Date.now()) return this.known.configuration;
    const { clientId, clientSecret } = this.settings;
    const issuer = new URL(this.settings.issuer);
    const configuration = oidc
      .discovery(issuer, clientId, clientSecret, undefined, {
        timeout: CALL_SECONDS,
        // Only the settings let it through, and not in production.
        ...(issuer.protocol === 'http:' && { execute: [oidc.allowInsecureRequests] }),
      })
      .catch((error: unknown) => {
        this.known = undefined;
        throw new IdentityProviderAway('the identity provider does not answer', { cause: error });
      });
    this.known = { configuration, until: Date.now() + DISCOVERED_FOR_MS };
    return configuration;
  }

  /**
   * `again` forces a new proof (`prompt=login`).
   * @throws IdentityProviderAway
   */
  async ask({ again = false } = {}): Promise<{ url: string; asked: AskedIdentity }> {
    const configuration = await this.discover();
    const asked = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      codeVerifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.settings.redirectUri,
      scope: 'openid profile',
      state: asked.state,
      nonce: asked.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(asked.codeVerifier),
      code_challenge_method: 'S256',
      // The time of the proof then stands in the ID token (OpenID Connect Core, 3.1.2.1).
      ...(again && { prompt: 'login', max_age: '0' }),
    });
    return { url: url.href, asked };
  }

  /**
   * @param since of a forced proof: an `auth_time` before it is refused
   * @throws IdentityProviderAway
   * @throws IdentityRefused
   */
  async prove(callback: URL, asked: AskedIdentity, since?: Date): Promise<ProvenIdentity> {
    const { redirectUri, usernameClaim, secondFactorValues } = this.settings;
    const configuration = await this.discover();
    const answer = new URL(redirectUri);
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
    const username = claims[usernameClaim];
    return {
      issuer: claims.iss,
      subject: claims.sub,
      username: typeof username === 'string' && username !== '' ? username : null,
      secondFactor: valuesOf(claims).some((value) => secondFactorValues.includes(value)),
    };
  }

  async check(): Promise<void> {
    this.known = undefined;
    await this.discover();
  }
}

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
