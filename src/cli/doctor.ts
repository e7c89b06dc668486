import { reachableHost } from '../local/ports.ts';
import { databaseUrl } from '../main/compose.ts';
import { readHealth } from '../operations/maintenance/health.ts';
import { findStuckWork } from '../operations/maintenance/stuck-work.ts';
import type { StuckPiece } from '../operations/maintenance/stuck-work.ts';
import type { Deps } from '../platform/deps.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';
import {
  checkBackup,
  checkCodes,
  checkHeldMessages,
  checkLetters,
  checkPortal,
  checkProxy,
  checkReceipts,
  checkScan,
  checkSeal,
  checkSignOn,
  checkSms,
  checkStaff,
  checkStuck,
  checkMail,
  checkWebhooks,
} from './doctor-checks.ts';
import type { Check } from './doctor-checks.ts';
import { withCommandDeps } from './reconcile.ts';

const FIRST_PIECES = 10;

const withoutPassword = (url: string): string => {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
};

const pieceLine = ({ kind, what, letterId, cause, since }: StuckPiece): string =>
  [
    `  ${kind} (${what})`,
    ...(letterId === null ? [] : [`letter ${letterId}`]),
    `since ${since.toISOString()}`,
    ...(cause === null ? [] : [cause]),
  ].join(' · ');

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'no answer');

const orFailure = (check: Promise<Check>): Promise<Check> =>
  check.catch((error: unknown) => ({ ok: false, detail: reasonOf(error) }));

const runChecks = async ({ config, db }: Pick<CommandInput, 'config' | 'db'>, deps: Deps) => {
  // Checks with a time limit come before the long reading of the record.
  const [{ parts }, portal, scan, signOn] = await Promise.all([
    readHealth(deps),
    checkPortal(`http://${reachableHost(config.HOST)}:${config.PORT}`),
    checkScan(config, db),
    checkSignOn(config),
  ]);
  const found = await findStuckWork(deps).catch(reasonOf);
  const checks: Record<string, Check> = {
    portal,
    ...Object.fromEntries(
      Object.entries(parts).map(([name, { ok, detail, error = detail }]) => [
        name,
        { ok, detail: error },
      ]),
    ),
    files: {
      ok: parts.files.ok,
      detail: `${parts.files.error ?? parts.files.detail}: ${deps.files.place}`,
    },
    stuck: checkStuck(found),
    sms: checkSms(deps),
    receipts: await orFailure(checkReceipts({ config, db })),
    codes: await orFailure(checkCodes(deps)),
    scan,
    staff: await orFailure(checkStaff({ config, db })),
    'sign-on': signOn,
    proxy: await orFailure(checkProxy({ config, db })),
    seal: await orFailure(checkSeal(db)),
    letters: await orFailure(checkLetters(db)),
    outgoing: await orFailure(checkHeldMessages(db)),
    backup: await orFailure(checkBackup({ config, db })),
    webhooks: await orFailure(checkWebhooks(db)),
    mail: await orFailure(checkMail({ config, db })),
  };
  return { checks, pieces: typeof found === 'string' ? [] : found.pieces };
};

const doctor = async ({ config, db, options }: CommandInput): Promise<CommandResult> => {
  const { checks: parts, pieces } = await withCommandDeps({ config, db }, (deps) =>
    runChecks({ config, db }, deps),
  );
  const checks = Object.entries(parts).map(([name, part]) => ({ name, ...part }));
  const ok = checks.every((check) => check.ok);
  const url = databaseUrl(config);
  return {
    ok,
    text: [
      ...checks.map((check) => `${check.ok ? '✓' : '✗'} ${check.name.padEnd(9)} ${check.detail}`),
      ...pieces.slice(0, FIRST_PIECES).map(pieceLine),
      ...(pieces.length > FIRST_PIECES
        ? ['  … all of it: doctor --json, or /staff/admin/stuck']
        : []),
    ].join('\n'),
    json: {
      ok,
      url: config.PUBLIC_ORIGIN,
      checks,
      stuck: pieces,
      temporal: {
        address: config.TEMPORAL_ADDRESS,
        namespace: config.TEMPORAL_NAMESPACE,
        uiUrl: config.TEMPORAL_UI_URL || null,
      },
      database: { url: options.secrets ? url : withoutPassword(url) },
    },
  };
};

export const DOCTOR_COMMANDS: Commands = {
  doctor: {
    usage: 'doctor [--secrets]',
    help: 'is everything well? `--secrets` shows the database password',
    options: { secrets: { type: 'boolean' } },
    args: 0,
    anySchema: true,
    run: doctor,
  },
};
