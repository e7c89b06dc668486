/** The one file that knows every side: it builds the desk from the settings. */
import { createCaptcha } from '../adapters/captcha/captcha.ts';
import { createFileIntake } from '../adapters/files/file-intake.ts';
import { createFileStore } from '../adapters/files/file-store.ts';
import { createSmsGateway } from '../adapters/sms/create-sms-gateway.ts';
import { temporalConnectionOptions } from '../adapters/temporal/connection-options.ts';
import { createLetterEngine } from '../adapters/temporal/letter-engine.ts';
import type { Config } from '../config.ts';
import { createDb, isDatabaseAway } from '../db/client.ts';
import { listSentMessages } from '../db/messages.ts';
import { listUnits } from '../db/units.ts';
import { DomainError } from '../domain/errors.ts';
import { parseMobile } from '../domain/mobile.ts';
import { embeddedDatabaseUrl } from '../local/postgres.ts';
import type { Logger } from '../logger.ts';
import { createApplicantSignIn } from '../usecases/applicant-sign-in.ts';
import { createDecideLetter } from '../usecases/decide-letter.ts';
import type { Desk } from '../usecases/desk.ts';
import { createDispatcher } from '../usecases/dispatch.ts';
import { createHealth } from '../usecases/health.ts';
import { createReadLetters } from '../usecases/read-letters.ts';
import type { RecordSettings } from '../usecases/record-decision.ts';
import { deriveKeys } from '../usecases/secrets.ts';
import { createSendMessage } from '../usecases/send-message.ts';
import { createStaffSignIn } from '../usecases/staff-sign-in.ts';
import { createSubmitLetter } from '../usecases/submit-letter.ts';
import { readMasterSecret } from './secret.ts';

const OUTBOX_PAGE = 200;

export const databaseUrl = (config: Config): string =>
  config.embeddedPostgres ? embeddedDatabaseUrl(config) : config.DATABASE_URL;

export const recordSettings = (config: Config): RecordSettings => ({
  timeZone: config.ORG_TIME_ZONE,
  locale: config.ORG_LOCALE,
  orgName: config.ORG_NAME,
  origin: config.PUBLIC_ORIGIN,
  smsMaxParts: config.SMS_MAX_PARTS,
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
  return { db, engine, sendMessage, dispatcher, files };
};

export type Parts = ReturnType<typeof composeParts>;

/** Everything the pages can ask, on the parts of this process. */
export const composeDesk = (config: Config, parts: Parts): Desk => {
  const { db, engine, dispatcher, files } = parts;
  const keys = deriveKeys(readMasterSecret(config));
  const poke = (): void => dispatcher.poke();
  const readLetters = createReadLetters({
    db,
    files,
    engine,
    statusQueryMs: config.STATUS_QUERY_MS,
    workflowUrl: (workflowId) =>
      config.TEMPORAL_UI_URL
        ? `${config.TEMPORAL_UI_URL}/namespaces/${config.TEMPORAL_NAMESPACE}/workflows/${workflowId}`
        : null,
  });
  const intake = createFileIntake({ store: files, maxBytes: config.MAX_FILE_MB * 1024 * 1024 });
  return mapUnavailable({
    ...createApplicantSignIn({
      db,
      captcha: createCaptcha({
        key: keys.captcha,
        minutes: config.CAPTCHA_MINUTES,
        testCode: config.CAPTCHA_TEST_CODE,
      }),
      key: keys.signInCode,
      settings: {
        codeMinutes: config.CODE_MINUTES,
        codeTries: config.CODE_TRIES,
        resendSeconds: config.CODE_RESEND_SECONDS,
        sendsPerHour: config.CODE_SENDS_PER_HOUR,
        sendsPerDay: config.CODE_SENDS_PER_DAY,
        limited: config.RATE_LIMITS === 'on',
        sessionHours: config.SESSION_HOURS,
        sessionIdleMinutes: config.SESSION_IDLE_MINUTES,
        orgName: config.ORG_NAME,
        locale: config.ORG_LOCALE,
        host: new URL(config.PUBLIC_ORIGIN).hostname,
      },
      sendSoon: poke,
    }),
    ...createStaffSignIn({
      db,
      key: keys.secondFactor,
      secondFactor: config.STAFF_SECOND_FACTOR,
      sessionHours: config.SESSION_HOURS,
      sessionIdleMinutes: config.SESSION_IDLE_MINUTES,
    }),
    ...readLetters,
    ...createDecideLetter({
      db,
      waitMs: config.DECISION_WAIT_MS,
      poke,
      getStaffLetter: readLetters.getStaffLetter,
    }),
    submitLetter: createSubmitLetter({ db, files, poke }),
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

/** A database that is away is something a person can meet: the page then says "not received". */
const mapUnavailable = (desk: Desk): Desk => {
  const mapped = Object.entries(desk).map(([name, act]) => [
    name,
    (...args: unknown[]) => {
      try {
        const result: unknown = (act as (...all: unknown[]) => unknown)(...args);
        return result instanceof Promise ? result.catch(rethrow) : result;
      } catch (error) {
        return rethrow(error);
      }
    },
  ]);
  return Object.fromEntries(mapped) as Desk;
};

const rethrow = (error: unknown): never => {
  throw isDatabaseAway(error) ? new DomainError('unavailable', {}, error) : error;
};
