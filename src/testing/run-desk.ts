/** The operator's command line as a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface DeskRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

const TREE = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param options.env all that it has beside `PATH` and `HOME`
 * @param options.endWhen a process that serves is ended when this stands in its output
 */
export const runDesk = (
  args: string[],
  {
    env,
    input = '',
    endWhen,
  }: { env: Record<string, string>; input?: string; endWhen?: string | RegExp },
): Promise<DeskRun> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/desk.ts', ...args], {
      cwd: TREE,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const run: DeskRun = { code: null, stdout: '', stderr: '' };
    const hear = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      run[stream] += chunk.toString();
      if (endWhen !== undefined && `${run.stdout}${run.stderr}`.search(endWhen) >= 0)
        child.kill('SIGTERM');
    };
    child.stdout.on('data', hear('stdout'));
    child.stderr.on('data', hear('stderr'));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...run, code }));
  });
