import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Differs between two processes that reuse a pid, so that a pid read from a file never means
 * another process. Null when there is no such process, or a zombie.
 */
export const processIdentity = (pid: number): string | null =>
  process.platform === 'linux' ? linuxIdentity(pid) : startTime(pid);

const linuxIdentity = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; state and start time are the 3rd and 22nd field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
};

const startTime = (pid: number): string | null => ps(pid, 'lstart=');

const ps = (pid: number, column: string): string | null => {
  try {
    const output = execFileSync('ps', ['-o', column, '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.trim() || null;
  } catch {
    return null;
  }
};

export const commandLine = (pid: number): string => {
  if (process.platform !== 'linux') return ps(pid, 'command=') ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
};

export const processGone = async (pid: number, withinMs: number): Promise<boolean> => {
  const end = Date.now() + withinMs;
  while (processIdentity(pid) !== null) {
    if (Date.now() >= end) return false;
    await delay(50);
  }
  return true;
};

/** A negative pid is a process group. Ignores a process that is gone. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

export const stopProcess = async (
  pid: number,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> => {
  sendSignal(pid, signal);
  if (await processGone(pid, graceMs)) return;
  sendSignal(pid, 'SIGKILL');
  await processGone(pid, 5000);
};
