import { createFileStore } from '../adapters/files/file-store.ts';
import { temporalConnectionOptions } from '../adapters/temporal/connection-options.ts';
import { createLetterEngine } from '../adapters/temporal/letter-engine.ts';
import { createHealth } from '../usecases/health.ts';
import { databaseUrl } from './compose.ts';
import type { CommandInput, CommandResult } from './desk.ts';

const REQUEST_MS = 3_000;

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

/** Asks each part by itself, so that one that is away does not hide the others. */
export const doctor = async ({ config, db, options }: CommandInput): Promise<CommandResult> => {
  const engine = createLetterEngine({
    connection: temporalConnectionOptions(
      config.embeddedTemporal ? config.TEMPORAL_ADDRESS : undefined,
    ),
    namespace: config.TEMPORAL_NAMESPACE,
  });
  const health = createHealth({ db, files: createFileStore(config.FILES_URL), engine });
  const [{ parts }, portal] = await Promise.all([
    health(),
    checkPortal(`http://${config.HOST}:${config.PORT}`),
  ]);
  await engine.close().catch(() => {});
  const checks = Object.entries({ portal, ...parts }).map(([name, part]) => ({ name, ...part }));
  const ok = checks.every((check) => check.ok);
  const url = databaseUrl(config);
  return {
    ok,
    text: checks
      .map((check) => `${check.ok ? '✓' : '✗'} ${check.name.padEnd(9)} ${check.detail}`)
      .join('\n'),
    json: {
      ok,
      url: config.PUBLIC_ORIGIN,
      checks,
      temporal: {
        address: config.TEMPORAL_ADDRESS,
        namespace: config.TEMPORAL_NAMESPACE,
        uiUrl: config.TEMPORAL_UI_URL || null,
      },
      database: { url: options.secrets ? url : withoutPassword(url) },
    },
  };
};
