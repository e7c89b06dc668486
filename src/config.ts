/** The only reader of the environment. Reports all problems at once, as one `OperatorError`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Limits } from './limits.ts';
import { OperatorError } from './platform/base/errors.ts';
import { proxiesOf, secretsOf, SETTINGS } from './settings.ts';
import type { Setting } from './setting-forms.ts';

type Parsed = { [Name in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Name]['schema']> };

export interface Config extends Omit<
  Parsed,
  'POSTGRES_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT' | 'STAFF_SECOND_FACTOR' | 'LIMITS'
> {
  POSTGRES_PORT: number;
  TEMPORAL_PORT: number;
  TEMPORAL_UI_PORT: number;
  STAFF_SECOND_FACTOR: 'required' | 'optional' | 'off';
  limits: Limits;
  trustedProxies: string[];
  receiptSecrets: string[];
  embeddedPostgres: boolean;
  embeddedTemporal: boolean;
  production: boolean;
}

/**
 * What a running `npm start` wrote to `DATA_DIR/runtime.json`, so that the command line finds its
 * servers without being told the ports.
 */
const RUNTIME_SETTINGS = [
  'HOST',
  'PORT',
  'PUBLIC_ORIGIN',
  'POSTGRES_PORT',
  'TEMPORAL_PORT',
  'TEMPORAL_UI_PORT',
] as const;

const readRuntime = (dataDir: string): Record<string, string> => {
  try {
    const runtime: unknown = JSON.parse(readFileSync(runtimeFile(dataDir), 'utf8'));
    return z.record(z.string(), z.string()).parse(runtime);
  } catch {
    return {};
  }
};

export const runtimeFile = (dataDir: string): string => path.join(dataDir, 'runtime.json');

export const runtimeSettings = (config: Config): Record<string, string> =>
  Object.fromEntries(RUNTIME_SETTINGS.map((name) => [name, String(config[name])]));

export const readConfig = (
  env: Record<string, string | undefined>,
  { useRuntime = false }: { useRuntime?: boolean } = {},
): Config => {
  const dataDir = path.resolve(env.DATA_DIR || SETTINGS.DATA_DIR.default);
  const runtime = useRuntime ? readRuntime(dataDir) : {};
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, entry] of Object.entries<Setting>(SETTINGS)) {
    const given = env[name]?.trim() || runtime[name] || entry.default;
    const result = entry.schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else {
      const problem = result.error.issues[0]?.message ?? 'is wrong';
      problems.push(`${name}: ${problem}${entry.secret ? '' : ` (got "${given}")`}`);
    }
  }
  refuse(problems);
  const config = configOf(values as Parsed, env, dataDir);
  refuse([
    ...originProblems(config),
    // The SDK would quote it in the error of its first call.
    ...(/[^\x20-\x7e]/.test(env.TEMPORAL_API_KEY ?? '')
      ? ['TEMPORAL_API_KEY: may hold printable ASCII characters only']
      : []),
    ...(config.production ? productionProblems(config) : []),
    ...secretProblems(config),
    ...portProblems(config),
  ]);
  return config;
};

const refuse = (problems: string[]): void => {
  if (problems.length > 0)
    throw new OperatorError(`Settings that are wrong:\n  ${problems.join('\n  ')}`);
};

const configOf = (
  { LIMITS: limits, ...values }: Parsed,
  env: Record<string, string | undefined>,
  dataDir: string,
): Config => {
  const production = values.NODE_ENV === 'production';
  const port = (given: number | null, offset: number): number => given ?? values.PORT + offset;
  const config: Config = {
    ...values,
    limits,
    DATA_DIR: dataDir,
    PUBLIC_ORIGIN: values.PUBLIC_ORIGIN || `http://localhost:${values.PORT}`,
    FILES_URL: values.FILES_URL || `file:${path.join(dataDir, 'files')}`,
    REGISTER_CHECKPOINT_FILE:
      values.REGISTER_CHECKPOINT_FILE || path.join(dataDir, 'register-checkpoints.log'),
    POSTGRES_PORT: port(values.POSTGRES_PORT, 3),
    TEMPORAL_PORT: port(values.TEMPORAL_PORT, 2),
    TEMPORAL_UI_PORT: port(values.TEMPORAL_UI_PORT, 1),
    STAFF_SECOND_FACTOR: (values.STAFF_SECOND_FACTOR ||
      (production ? 'required' : 'optional')) as Config['STAFF_SECOND_FACTOR'],
    trustedProxies: proxiesOf(values.TRUSTED_PROXY),
    receiptSecrets: secretsOf(values.SMS_RECEIPTS_SECRET),
    embeddedPostgres: values.DATABASE_URL === '',
    embeddedTemporal:
      !values.TEMPORAL_ADDRESS && !env.TEMPORAL_PROFILE && !env.TEMPORAL_CONFIG_FILE,
    production,
  };
  if (config.embeddedTemporal) {
    config.TEMPORAL_ADDRESS = `127.0.0.1:${config.TEMPORAL_PORT}`;
    config.TEMPORAL_UI_URL ||= localUiUrl(config);
  }
  return config;
};

/** Must be same-site with the desk, or browsers do not send its cookie from there. */
const localUiUrl = ({ PUBLIC_ORIGIN, TEMPORAL_UI_PORT }: Config): string => {
  const { hostname } = new URL(PUBLIC_ORIGIN);
  return `http://${hostname === '127.0.0.1' ? hostname : 'localhost'}:${TEMPORAL_UI_PORT}`;
};

const originProblems = ({ PUBLIC_ORIGIN }: Config): string[] => {
  const { origin } = new URL(PUBLIC_ORIGIN);
  if (origin === PUBLIC_ORIGIN) return [];
  return [`PUBLIC_ORIGIN: must have no path and no default port (try ${origin})`];
};

const productionProblems = (config: Config): string[] => {
  const refusals: [boolean, string][] = [
    [config.CAPTCHA_TEST_CODE !== '', 'CAPTCHA_TEST_CODE: is refused in production'],
    [config.TEST_WORKING_DAY_SECONDS > 0, 'TEST_WORKING_DAY_SECONDS: is refused in production'],
    [config.RATE_LIMITS === 'off', 'RATE_LIMITS: off is refused in production'],
    [config.SMS_URL === 'outbox:', 'SMS_URL: outbox: is refused in production; name a gateway'],
    [config.OIDC_ISSUER.startsWith('http:'), 'OIDC_ISSUER: must be https in production'],
    [config.STAFF_SECOND_FACTOR === 'off', 'STAFF_SECOND_FACTOR: off is refused in production'],
    [
      !config.SECRET_KEY && !config.SECRET_KEY_FILE,
      'SECRET_KEY_FILE: a master secret is required in production',
    ],
  ];
  return refusals.filter(([applies]) => applies).map(([, problem]) => problem);
};

const secretProblems = (config: Config): string[] => {
  const provider = [config.OIDC_ISSUER, config.OIDC_CLIENT_ID, config.OIDC_CLIENT_SECRET];
  const isHalf = provider.includes('') && provider.some((value) => value !== '');
  const isHalfKey = (config.S3_ACCESS_KEY_ID === '') !== (config.S3_SECRET_ACCESS_KEY === '');
  const isShort = config.SECRET_KEY !== '' && config.SECRET_KEY.length < 32;
  return [
    ...(isHalf ? ['OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: all three or none'] : []),
    ...(isHalfKey ? ['S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: both or none'] : []),
    ...(isShort ? ['SECRET_KEY: must have at least 32 characters'] : []),
  ];
};

const portProblems = (config: Config): string[] => {
  const ports = [config.PORT];
  if (config.embeddedPostgres) ports.push(config.POSTGRES_PORT);
  if (config.embeddedTemporal) ports.push(config.TEMPORAL_PORT, config.TEMPORAL_UI_PORT);
  if (new Set(ports).size === ports.length && Math.max(...ports) <= 65_535) return [];
  return [
    `PORT, TEMPORAL_UI_PORT, TEMPORAL_PORT, POSTGRES_PORT: must differ, up to 65535 (got ${ports.join(', ')})`,
  ];
};
