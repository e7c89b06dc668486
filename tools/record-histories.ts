/**
 * `npm run history:record [FORM]`: walks every path of a letter on real servers and keeps its
 * history as workflows/histories/PATH.bin, or PATH.FORM.bin. Existing histories are not overwritten:
 * they stand for letters that are under way somewhere.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { makeTestDir, removeTestDir } from '../src/testing/servers.ts';
import { BULK_PATHS } from './bulk-paths.ts';
import { DECISION_PATHS } from './decision-paths.ts';
import { handleOf, openScene } from './history-scene.ts';
import type { Scene, Walked } from './history-scene.ts';
import { settled } from './history-steps.ts';
import { UNIT_PATHS } from './unit-paths.ts';

const OUT = fileURLToPath(new URL('../workflows/histories/', import.meta.url));

// Replay does not need what identifies the recording machine.
const withoutTraces = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (name === 'identity') fields[name] = 'recorder';
    else if (name === 'stackTrace') fields[name] = '';
    else if (name === 'taskQueue') fields[name] = { name: 'letters' };
    else withoutTraces(field);
  }
  return value;
};

const historyOf = async (scene: Scene, walked: Walked): Promise<Uint8Array> => {
  await settled(scene, walked);
  const { History } = protobuf.temporal.api.history.v1;
  const history = await handleOf(scene, walked).fetchHistory();
  return History.encode(withoutTraces(history)).finish();
};

const record = async (form: string | undefined): Promise<void> => {
  const fileOf = (name: string): string =>
    path.join(OUT, [name, form, 'bin'].filter(Boolean).join('.'));
  const missing = Object.entries({ ...DECISION_PATHS, ...UNIT_PATHS, ...BULK_PATHS }).filter(
    ([name]) => !existsSync(fileOf(name)),
  );
  if (missing.length === 0) {
    console.log('every path has its history; a changed workflow is recorded as a new form');
    return;
  }
  await mkdir(OUT, { recursive: true });
  // Some paths fail on purpose; an unexpected failure shows as a path that never ends.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const dir = makeTestDir();
  try {
    const { scene, stop } = await openScene(dir);
    try {
      for (const [name, walk] of missing) {
        const history = await historyOf(scene, await walk(scene));
        await writeFile(fileOf(name), history);
        console.log(`${path.relative(process.cwd(), fileOf(name))} ${history.length} bytes`);
      }
    } finally {
      await stop();
    }
  } finally {
    await removeTestDir(dir);
  }
};

await record(process.argv[2]);
