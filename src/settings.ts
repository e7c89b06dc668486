import { isIP } from 'node:net';
import { z } from 'zod';
import { readLimits } from './limits.ts';
import { credentialProblem } from './platform/base/credentials.ts';
import { ENGINE_ADDRESS, ENGINE_ADDRESS_HINT } from './platform/engine/engine-address.ts';
import { smsUrlProblem, splitSmsUrl } from './platform/messages/gateways/gateway-url.ts';
import {
  filesUrl,
  integer,
  oneOf,
  optionalPort,
  secret,
  setting,
  text,
  urlWith,
} from './setting-forms.ts';
import type { Setting } from './setting-forms.ts';

/** An empty default means "not set"; the doc text says what then applies. */
export const SETTINGS = {
  NODE_ENV: setting(
    oneOf(['development', 'production', 'test']),
    'development',
    '`production` refuses everything that is only good for trying out',
  ),
  HOST: setting(text, '127.0.0.1', 'address the desk listens on'),
  PORT: setting(integer(1, 65535), '3000', 'port the desk listens on'),
  PUBLIC_ORIGIN: secret(
    urlWith(/^(https?:\/\/[^/\s]+)?$/, 'must be like https://desk.example.org'),
    '',
    'the address that people type, the only accepted origin and host; unset: `http://localhost:PORT`',
  ),
  DATA_DIR: setting(
    text,
    '.data',
    'all that the desk keeps on this machine when nothing else is configured',
  ),
  DATABASE_URL: secret(
    urlWith(/^(postgres(ql)?:\/\/\S+)?$/, 'must be like postgres://user:password@host:5432/name'),
    '',
    'PostgreSQL 15 or newer; unset: an embedded server under `DATA_DIR`',
  ),
  DATABASE_POOL: setting(integer(2, 200), '10', 'database connections of one process'),
  POSTGRES_PORT: setting(
    optionalPort,
    '',
    'port of the embedded PostgreSQL, on loopback; unset: `PORT`+3',
  ),
  TEMPORAL_ADDRESS: secret(
    urlWith(ENGINE_ADDRESS, ENGINE_ADDRESS_HINT),
    '',
    'host:port of a Temporal server (all standard `TEMPORAL_*` settings are read by the SDK); unset: a local server under `DATA_DIR`',
  ),
  TEMPORAL_NAMESPACE: setting(text, 'default', 'namespace of the letters'),
  TEMPORAL_CLI_PATH: setting(
    text,
    '',
    'a `temporal` binary for the local server; unset: found or obtained',
  ),
  TEMPORAL_PORT: setting(
    optionalPort,
    '',
    'port of the local Temporal server, on loopback; unset: `PORT`+2',
  ),
  TEMPORAL_UI_PORT: setting(
    optionalPort,
    '',
    'port of the local Temporal UI, on loopback; unset: `PORT`+1',
  ),
  TEMPORAL_UI_URL: secret(
    urlWith(/^(https?:\/\/\S+)?$/, 'must be an http address'),
    '',
    'address of Temporal UI, for the links in the desk; unset: that of the local server',
  ),
  FILES_URL: secret(
    filesUrl,
    '',
    'where files are kept: `file:/path`, or `s3://BUCKET/PREFIX?endpoint=URL&region=…` ([in a bucket](#files-in-a-bucket)); unset: `file:DATA_DIR/files`',
  ),
  FILES_ALSO_URL: secret(
    filesUrl,
    '',
    'a second place, read for files that `FILES_URL` does not have, while they are moved (`desk files move`); unset: none',
  ),
  S3_ACCESS_KEY_ID: secret(
    text,
    '',
    'access key for a bucket of `FILES_URL`; unset: found as the AWS tools find theirs (environment, profile, role of the machine)',
  ),
  S3_SECRET_ACCESS_KEY: secret(text, '', 'its secret'),
  CLAMD_URL: secret(
    urlWith(
      /^(unix:\/\S+|tcp:\/\/(\[[^\]\s]+\]|[^\s/:]+):\d{1,5})?$/,
      'must be unix:/path or tcp://host:port',
    ),
    '',
    'the virus scanner clamd: `unix:/path` of its socket or `tcp://host:port`; unset: files are not scanned',
  ),
  REGISTER_CHECKPOINT_FILE: setting(
    text,
    '',
    'file to which the newest entry of each register is added once a day; unset: `register-checkpoints.log` under `DATA_DIR`',
  ),
  REGISTER_CHECKPOINT_URL: secret(
    urlWith(/^(https?:\/\/\S+)?$/, 'must be an http address'),
    '',
    'address outside the organisation to which the same is posted as JSON; unset: none',
  ),
  SMS_URL: {
    schema: z.string().superRefine((value, context) => {
      const problem =
        splitSmsUrl(value)
          .map((url) => credentialProblem(url))
          .find(Boolean) ?? smsUrlProblem(value);
      if (problem !== undefined) context.addIssue(problem);
    }),
    default: 'outbox:',
    doc: 'the [SMS gateway](#sms-gateways): `outbox:`, `webhook+https://…`, `kavenegar://KEY@HOST?sender=…`, `smsir://KEY@HOST?line=…`, `melipayamak://USER:PASS@HOST?from=…`, `ghasedak://KEY@HOST?line=…`, `twilio://SID:TOKEN@HOST?from=…` or `smpp://USER:PASS@HOST:PORT?source=…`; a second one after a comma is the failover',
    secret: true,
  },
  SMTP_URL: secret(
    urlWith(/^(smtps?:\/\/\S+)?$/, 'must be like smtp://user:password@mail.example.org:587'),
    '',
    'mail server for e-mails to staff: `smtp://` (STARTTLS where the server has it) or `smtps://`; `?from=ADDRESS` names the sender; unset: e-mails wait',
  ),
  SMS_RECEIPTS_SECRET: secret(
    z
      .string()
      .refine(
        (value) =>
          secretsOf(value).length <= 2 && secretsOf(value).every((one) => one.length >= 32),
        'must be one secret of at least 32 characters, or the new and the old one parted by a space',
      ),
    '',
    'secret by which the gateway signs delivery receipts (`POST /sms/receipts`); two, parted by a space, while one takes the place of the other; unset: receipts are not read',
  ),
  SECRET_KEY: secret(
    text,
    '',
    'master secret, at least 32 characters, from which the others derive; unset: `SECRET_KEY_FILE`',
  ),
  SECRET_KEY_FILE: setting(
    text,
    '',
    'file holding the master secret; unset: made under `DATA_DIR` (refused in production)',
  ),
  SECRET_KEY_OLD_FILE: setting(
    text,
    '',
    'file holding the master secret before this one, while what it sealed is sealed anew (`desk reseal`)',
  ),
  CAPTCHA_TEST_CODE: secret(
    z.string().regex(/^\d*$/, 'must be digits'),
    '',
    'a fixed security code for automated runs; refused in production',
  ),
  RATE_LIMITS: setting(
    oneOf(['on', 'off']),
    'on',
    '`off` for load and automated runs; refused in production',
  ),
  DRAIN_SECONDS: setting(
    integer(0, 300),
    '0',
    'how long `web` goes on answering after SIGTERM while `/health/ready` and `/health/open` say 503, so that a proxy leads new requests elsewhere',
  ),
  TRUSTED_PROXY: setting(
    z.string().refine(isProxyList, 'must be IP addresses or CIDR ranges, parted by commas'),
    '',
    'proxies whose `X-Forwarded-For` names the client: addresses or CIDR ranges, parted by commas; unset: none, the client is who connects',
  ),
  ANSWER_WORKING_DAYS: setting(
    integer(0, 365),
    '10',
    'working days within which a letter is to be answered, shown to its sender and to staff; 0: no deadline is promised; a unit can have its own',
  ),
  OBJECTION_DAYS: setting(
    integer(0, 365),
    '10',
    'working days within which a sender can object to a rejection, once; 0: they cannot',
  ),
  REOPEN_DAYS: setting(
    integer(0, 365),
    '30',
    'working days within which the sender of an answered or closed letter can reopen it; 0: they cannot',
  ),
  CLOSE_DAYS: setting(
    integer(0, 365),
    '30',
    'working days after which an answered letter closes by itself; 0: it does not',
  ),
  REMIND_BEFORE_DAYS: setting(
    integer(0, 365),
    '3',
    'working days from the reminder of the unit to the deadline; 0: no reminder; a unit can have its own',
  ),
  ESCALATE_AFTER_DAYS: setting(
    integer(0, 365),
    '2',
    'working days from the deadline to the escalation; 0: no escalation; a unit can have its own',
  ),
  TEST_WORKING_DAY_SECONDS: setting(
    z
      .string()
      .regex(/^\d*$/, 'must be a whole number')
      .transform(Number)
      .refine((value) => value <= 86_400, 'must be at most 86400'),
    '',
    'seconds of every working day, for automated runs: each hour is then a working hour, whatever the calendar says; refused in production',
  ),
  WEBHOOK_PRIVATE: setting(
    oneOf(['off', 'on']),
    'off',
    '`on`: webhooks may go to addresses of the own network and of this machine',
  ),
  STAFF_SECOND_FACTOR: setting(
    z
      .string()
      .regex(/^(required|optional|off)?$/, 'must be required, optional or off') as z.ZodType<
      string,
      string
    >,
    '',
    'second factor of staff (TOTP or passkey); unset: `required` in production, else `optional`; `off` refused in production',
  ),
  OIDC_ISSUER: secret(
    urlWith(/^(https?:\/\/\S+)?$/, 'must be like https://identity.example.org/realms/main'),
    '',
    'OpenID Connect issuer at which staff may sign in; unset: no single sign-on',
  ),
  OIDC_CLIENT_ID: setting(text, '', 'name of this desk at the identity provider'),
  OIDC_CLIENT_SECRET: secret(
    text,
    '',
    'its secret; the address to send people back to is `PUBLIC_ORIGIN/staff/single-sign-on/callback`',
  ),
  OIDC_NAME: setting(text, 'OpenID', 'name of the identity provider, on the button'),
  OIDC_USERNAME_CLAIM: setting(
    text,
    'preferred_username',
    'claim that holds the user name of this desk; it links a person at the first sign-in',
  ),
  OIDC_SECOND_FACTOR: setting(
    text,
    '',
    'values of `acr` or `amr`, parted by commas, by which the provider says that it asked for a second factor; unset: the desk asks for its own',
  ),
  SECURITY_CONTACT: setting(
    z
      .string()
      .regex(/^((mailto:|tel:|https:\/\/)\S+)?$/, 'must start with mailto:, tel: or https://'),
    '',
    'where vulnerabilities are reported (`/.well-known/security.txt`), such as mailto:security@example.org; unset: the page `/help`',
  ),
  ORG_TIME_ZONE: setting(
    z.string().refine(isTimeZone, 'must be an IANA time zone such as Asia/Tehran'),
    'Asia/Tehran',
    'time zone of dates, and of the year of a register',
  ),
  ORG_LOCALE: setting(
    oneOf(['fa', 'en']),
    'fa',
    'language of the first visit, of SMS and of e-mails to staff',
  ),
  MAX_FILE_MB: setting(integer(1, 100), '10', 'largest file'),
  MAX_FILES: setting(integer(1, 20), '10', 'files of one letter'),
  PREVIEWS: setting(
    oneOf(['on', 'off']),
    'on',
    '`off`: workers draw no pictures of the pages of letters, and reviewers download the files',
  ),
  UNDO_SECONDS: setting(
    integer(0, 60),
    '5',
    'how long a decision made in the desk can be taken back before it is applied; 0: it is applied at once',
  ),
  METRICS_PORT: setting(
    optionalPort,
    '',
    'port on which each process tells a Prometheus how it fares, at `/metrics`; `npm start`: of `web`, that of `worker` is the next one; unset: none',
  ),
  METRICS_HOST: setting(
    text,
    '127.0.0.1',
    'address it listens on for that; never one that the public reaches',
  ),
  ENGINE_METRICS_PORT: setting(
    optionalPort,
    '',
    "port of `METRICS_HOST` on which a `worker` tells the Temporal SDK's own metrics; unset: none",
  ),
  LOG_LEVEL: setting(
    oneOf(['debug', 'info', 'warn', 'error']),
    'info',
    'least severe line that is logged',
  ),
  LIMITS: setting(
    z.string().transform((text, context) => {
      const limits = readLimits(text);
      if (typeof limits !== 'string') return limits;
      context.addIssue(limits);
      return z.NEVER;
    }),
    '',
    'limits and periods that differ from those below, as `name=value`, parted by spaces',
  ),
} satisfies Record<string, Setting>;

export const secretsOf = (value: string): string[] => value.split(/\s+/).filter(Boolean);

export const proxiesOf = (list: string): string[] => list.split(/[\s,]+/).filter(Boolean);

function isProxyList(list: string): boolean {
  return proxiesOf(list).every((proxy) => {
    const [address = '', prefix, ...rest] = proxy.split('/');
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
    return bits > 0 && isPrefix && rest.length === 0;
  });
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
