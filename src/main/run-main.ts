import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorText } from './operator-line.ts';

export const fail = (error: unknown): never => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
};

export const runMain = (moduleUrl: string, main: () => Promise<void>): void => {
  const started = process.argv[1];
  if (started && realpathSync(started) === fileURLToPath(moduleUrl)) main().catch(fail);
};
