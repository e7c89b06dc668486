/** A process of its own for what nobody trusts: it may be killed at any moment, and knows no secret. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { DomainError } from '../../domain/errors.ts';
import { answerOf } from './child-answer.ts';

const START_MS = 20_000;

/**
 * @param program that says `{ ready: true }` when it can be asked
 * @param options.heapBytes of its JavaScript; else what Node.js takes
 */
export const forkLimited = (
  program: string,
  { heapBytes }: { heapBytes?: number } = {},
): ChildProcess => {
  const child = fork(program, {
    // Nothing of this process' secrets goes there.
    env: {},
    execArgv:
      heapBytes === undefined ? [] : [`--max-old-space-size=${Math.ceil(heapBytes / 1024 / 1024)}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Said by its end too; without a listener it would end this process.
  child.on('error', () => {});
  return child;
};

/**
 * @param what it does, for the error
 * @throws DomainError unavailable when it does not start on a machine that has too much to do; it is
 *   ended then
 */
export const untilReady = async (child: ChildProcess, what: string): Promise<ChildProcess> => {
  const first = await answerOf<object>(child, { ms: START_MS });
  if (typeof first === 'object' && 'ready' in first) return child;
  child.kill('SIGKILL');
  const why = new Error(`the process that ${what} could not be started`);
  throw new DomainError('unavailable', { stored: 'no' }, why);
};
