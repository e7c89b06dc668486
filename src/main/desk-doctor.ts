import type { StuckPiece, StuckWork } from '../usecases/desk.ts';
import { createHealth } from '../usecases/health.ts';
import { databaseUrl } from './compose.ts';
import { openRepair } from './desk-reconcile.ts';
import type { CommandInput, CommandResult } from './desk.ts';

const REQUEST_MS = 3_000;
const FIRST_PIECES = 10;

const withoutPassword = (url: string): string => {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
};

const checkPortal = async (url: string): Promise<{ ok: boolean; detail: string }> => {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(REQUEST_MS) });
    return { ok: response.ok, detail: `answers ${response.status}` };
  } catch {
    return { ok: false, detail: `does not answer at ${url}` };
  }
};

/** `found`: or why nothing could be found. */
const checkStuck = (found: StuckWork | string): { ok: boolean; detail: string } => {
  if (typeof found === 'string') return { ok: false, detail: found };
  if (found.total > 0) return { ok: false, detail: `${found.total} pieces of work wait too long` };
  return { ok: true, detail: found.allFilesSeen ? 'nothing' : 'nothing, in a part of the files' };
};

/** Said, so that nobody believes otherwise. */
const NO_SCAN = { ok: true, detail: 'files are not scanned for viruses: there is no scanner' };

const pieceLine = ({ kind, what, letterId, cause, since }: StuckPiece): string =>
  [
    `  ${kind} (${what})`,
    ...(letterId === null ? [] : [`letter ${letterId}`]),
    `since ${since.toISOString()}`,
    ...(cause === null ? [] : [cause]),
  ].join(' · ');

/** Asks each part by itself, so that one that is away does not hide the others. */
export const doctor = async ({ config, db, options }: CommandInput): Promise<CommandResult> => {
  const { engine, files, stuck, close } = openRepair({ config, db });
  const [{ parts }, portal, found] = await Promise.all([
    createHealth({ db, files, engine })(),
    checkPortal(`http://${config.HOST}:${config.PORT}`),
    stuck.find().catch((error: unknown) => (error instanceof Error ? error.message : 'no answer')),
  ]);
  await close();
  const pieces = typeof found === 'string' ? [] : found.pieces;
  const checks = Object.entries({ portal, ...parts, stuck: checkStuck(found), scan: NO_SCAN }).map(
    ([name, part]) => ({ name, ...part }),
  );
  const ok = checks.every((check) => check.ok);
  const url = databaseUrl(config);
  return {
    ok,
    text: [
      ...checks.map((check) => `${check.ok ? '✓' : '✗'} ${check.name.padEnd(9)} ${check.detail}`),
      ...pieces.slice(0, FIRST_PIECES).map(pieceLine),
      ...(pieces.length > FIRST_PIECES ? ['  … all of it: doctor --json, or /staff/stuck'] : []),
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
