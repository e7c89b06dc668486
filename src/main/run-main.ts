import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorText } from './operator-line.ts';

/** A mistake of the operator is one clear line; anything else shows where it happened. */
export const fail = (error: unknown): never => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
};

/** Runs `main` when `moduleUrl` is the file that node was given, not when it is imported. */
export const runMain = (moduleUrl: string, main: () => Promise<void>): void => {
  const started = process.argv[1];
  if (started && realpathSync(started) === fileURLToPath(moduleUrl)) main().catch(fail);
};
