/** The one file that knows every side: it builds the desk from the settings. */
import { createCaptcha } from '../adapters/captcha/captcha.ts';
import { createProofs } from '../adapters/captcha/proof.ts';
import { createFileIntake } from '../adapters/files/file-intake.ts';
import { createFileStore } from '../adapters/files/file-store.ts';
import type { FileStore } from '../adapters/files/file-store.ts';
import { createHeadOutlets } from '../adapters/heads/head-outlets.ts';
import { createSmsGateway } from '../adapters/sms/create-sms-gateway.ts';
import { temporalConnectionOptions } from '../adapters/temporal/connection-options.ts';
import { createLetterEngine } from '../adapters/temporal/letter-engine.ts';
import type { LetterEngine } from '../adapters/temporal/letter-engine.ts';
import type { Config } from '../config.ts';
import { createDb } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import { listSentMessages } from '../db/messages.ts';
import { listUnits } from '../db/units.ts';
import { addressGroup } from '../domain/client-address.ts';
import { parseMobile } from '../domain/mobile.ts';
import { embeddedDatabaseUrl } from '../local/postgres.ts';
import type { Logger } from '../logger.ts';
import { createApplicantSignIn } from '../usecases/applicant-sign-in.ts';
import { createDecideLetter } from '../usecases/decide-letter.ts';
import type { Desk } from '../usecases/desk.ts';
import { createDispatcher } from '../usecases/dispatch.ts';
import { createFileSweep } from '../usecases/file-sweep.ts';
import { createHealth } from '../usecases/health.ts';
import { createRateLimit, NO_LIMITS } from '../usecases/rate-limit.ts';
import { createReadLetters } from '../usecases/read-letters.ts';
import { createReconcile } from '../usecases/reconcile.ts';
import type { RecordSettings } from '../usecases/record-decision.ts';
import { deriveKeys } from '../usecases/secrets.ts';
import { createSendMessage } from '../usecases/send-message.ts';
import { createStaffSignIn } from '../usecases/staff-sign-in.ts';
import { createStuckWork } from '../usecases/stuck-work.ts';
import { createSubmitLetter } from '../usecases/submit-letter.ts';
import { createSweep } from '../usecases/sweep.ts';
import type { WebConfig } from '../../web/env.ts';
import { ANSWER_WITHIN_MS, answerInTime } from './answer-in-time.ts';
import { readMasterSecret } from './secret.ts';

const OUTBOX_PAGE = 200;
const ADDRESS_LIMITS = { codes: 'codes_of_address', staff_sign_in: 'staff_of_address' } as const;

export const databaseUrl = (config: Config): string =>
  config.embeddedPostgres ? embeddedDatabaseUrl(config) : config.DATABASE_URL;

export const recordSettings = (config: Config): RecordSettings => ({
  timeZone: config.ORG_TIME_ZONE,
  locale: config.ORG_LOCALE,
  orgName: config.ORG_NAME,
  origin: config.PUBLIC_ORIGIN,
  smsMaxParts: config.SMS_MAX_PARTS,
});

/** Where the heads of the registers are published, and by whose day. */
export const headSettings = (config: Config) => ({
  timeZone: config.ORG_TIME_ZONE,
  outlets: createHeadOutlets({ file: config.REGISTER_HEAD_FILE, url: config.REGISTER_HEAD_URL }),
});

/** What web and worker share. Nothing is connected until it is first used. */
export const composeParts = (config: Config, log: Logger, role: 'web' | 'worker' | 'desk') => {
  const db = createDb({
    url: databaseUrl(config),
    max: config.DATABASE_POOL,
    log,
    name: `pishkhan ${role}`,
  });
  const engine = createLetterEngine({
    connection: temporalConnectionOptions(
      config.embeddedTemporal ? config.TEMPORAL_ADDRESS : undefined,
    ),
    namespace: config.TEMPORAL_NAMESPACE,
  });
  const gateway = createSmsGateway({ url: config.SMS_URL, timeoutMs: config.SMS_TIMEOUT_MS });
  const keepCodes = config.SMS_URL === 'outbox:';
  const sendMessage = createSendMessage({ db, gateway, keepCodes });
  const dispatcher = createDispatcher({
    db,
    engine,
    sendMessage,
    codeMinutes: config.CODE_MINUTES,
    log,
  });
  const files = createFileStore(config.FILES_URL);
  const repair = composeRepair(config, { db, engine, files, log, poke: () => dispatcher.poke() });
  const sweep = createSweep({ db, ...repair, minutes: config.SWEEP_MINUTES, log });
  return { db, engine, sendMessage, dispatcher, files, log, sweep, ...repair };
};

/** What finds and mends what is stuck. */
export const composeRepair = (
  config: Config,
  {
    db,
    engine,
    files,
    log,
    poke,
  }: { db: Db; engine: LetterEngine; files: FileStore; log: Logger; poke: () => void },
) => {
  const retentionDays = config.TEMPORAL_RETENTION_DAYS;
  const fileSweep = createFileSweep({ db, files, log });
  return {
    fileSweep,
    reconcile: createReconcile({ db, engine, retentionDays, log }),
    stuck: createStuckWork({ db, fileSweep, poke }),
  };
};

export type Parts = ReturnType<typeof composeParts>;

/** What the pages need to know of the settings. */
export const webConfig = (config: Config): WebConfig => ({
  publicOrigin: config.PUBLIC_ORIGIN,
  orgName: config.ORG_NAME,
  timeZone: config.ORG_TIME_ZONE,
  defaultLocale: config.ORG_LOCALE,
  maxFileBytes: config.MAX_FILE_MB * 1024 * 1024,
  limits: {
    subject: config.MAX_SUBJECT_LENGTH,
    name: config.MAX_NAME_LENGTH,
    text: config.MAX_TEXT_LENGTH,
  },
  resendSeconds: config.CODE_RESEND_SECONDS,
  codeMinutes: config.CODE_MINUTES,
  devOutbox: config.SMS_URL === 'outbox:',
  sessionHours: config.SESSION_HOURS,
  trustedProxies: config.trustedProxies,
});

/** Everything the pages can ask, on the parts of this process. */
export const composeDesk = (config: Config, parts: Parts): Desk => {
  const { db, engine, dispatcher, files, log } = parts;
  const keys = deriveKeys(readMasterSecret(config));
  const poke = (): void => dispatcher.poke();
  const limited = config.RATE_LIMITS === 'on';
  const limits = limited
    ? createRateLimit({
        db,
        key: keys.rateLimit,
        settings: {
          codesPerAddress: config.CODES_PER_ADDRESS,
          codesOfDesk: config.CODES_OF_DESK,
          staffAttempts: config.STAFF_SIGN_IN_TRIES,
          trackingMisses: config.TRACKING_MISSES,
        },
        log,
      })
    : NO_LIMITS;
  const readLetters = createReadLetters({
    db,
    files,
    engine,
    statusQueryMs: config.STATUS_QUERY_MS,
    workflowUrl: (workflowId) =>
      config.TEMPORAL_UI_URL
        ? `${config.TEMPORAL_UI_URL}/namespaces/${config.TEMPORAL_NAMESPACE}/workflows/${workflowId}`
        : null,
    limits,
  });
  const intake = createFileIntake({ store: files, maxBytes: config.MAX_FILE_MB * 1024 * 1024 });
  const waitMs = Math.max(config.DECISION_WAIT_MS, config.STATUS_QUERY_MS);
  return answerInTime(ANSWER_WITHIN_MS + waitMs, {
    ...createApplicantSignIn({
      db,
      captcha: createCaptcha({
        key: keys.captcha,
        minutes: config.CAPTCHA_MINUTES,
        testCode: config.CAPTCHA_TEST_CODE,
      }),
      proofs: createProofs({ key: keys.captcha, minutes: config.CAPTCHA_MINUTES }),
      key: keys.signInCode,
      settings: {
        codeMinutes: config.CODE_MINUTES,
        codeTries: config.CODE_TRIES,
        resendSeconds: config.CODE_RESEND_SECONDS,
        sendsPerHour: config.CODE_SENDS_PER_HOUR,
        sendsPerDay: config.CODE_SENDS_PER_DAY,
        limited,
        sessionHours: config.SESSION_HOURS,
        sessionIdleMinutes: config.SESSION_IDLE_MINUTES,
        orgName: config.ORG_NAME,
        locale: config.ORG_LOCALE,
        host: new URL(config.PUBLIC_ORIGIN).hostname,
      },
      limits,
      sendSoon: poke,
    }),
    ...createStaffSignIn({
      db,
      key: keys.secondFactor,
      secondFactor: config.STAFF_SECOND_FACTOR,
      sessionHours: config.SESSION_HOURS,
      sessionIdleMinutes: config.SESSION_IDLE_MINUTES,
      limits,
    }),
    ...readLetters,
    ...createDecideLetter({
      db,
      files,
      waitMs: config.DECISION_WAIT_MS,
      poke,
      getStaffLetter: readLetters.getStaffLetter,
    }),
    countAddress: ({ limit, address }) => limits.take(ADDRESS_LIMITS[limit], addressGroup(address)),
    forgiveAddress: ({ limit, address }) =>
      limits.giveBack(ADDRESS_LIMITS[limit], addressGroup(address)),
    submitLetter: createSubmitLetter({
      db,
      files,
      poke,
      ...(limited && { maxPerDay: config.MAX_LETTERS_PER_DAY }),
    }),
    stuckWork: (input) => parts.stuck.stuckWork(input),
    retryStuck: (input) => parts.stuck.retryStuck(input),
    health: createHealth({ db, files, engine }),
    async listUnits() {
      const units = await listUnits(db);
      return units.map(({ id, name, retiredAt }) => ({ id, name, retired: retiredAt !== null }));
    },
    async outboxMessages({ mobile: typed }) {
      const mobile = typed === undefined ? undefined : parseMobile(typed);
      if (typed !== undefined && mobile === undefined) return [];
      const messages = await listSentMessages(db, {
        limit: OUTBOX_PAGE,
        ...(mobile !== undefined && { mobile }),
      });
      return messages.map(({ recipient, ...message }) => ({ ...message, to: recipient }));
    },
    receiveFile: (input) => intake.receive(input),
    async discardFile(file) {
      await files.remove(file.storageKey).catch(() => {});
    },
  });
};
