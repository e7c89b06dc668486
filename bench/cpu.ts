/** Processor time of processes, from Linux's /proc; elsewhere it is not known. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The kernel shows times in hundredths of a second on every usual build (USER_HZ). */
const MS_PER_TICK = 10;

interface ProcessTimes {
  parent: number;
  /** User and system time of the process itself, in milliseconds. */
  own: number;
  /** The same of its children that have ended and been waited for. */
  ended: number;
}

/** Of a line of `/proc/PID/stat`. */
export const parseStat = (stat: string): ProcessTimes => {
  // The name in parentheses may hold spaces; behind it comes the 3rd field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (first: number): number =>
    (Number(fields[first - 3]) + Number(fields[first - 2])) * MS_PER_TICK;
  return { parent: Number(fields[1]), own: ticks(14), ended: ticks(16) };
};

const timesOf = (pid: number | string): ProcessTimes | null => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
};

/** Milliseconds of processor time of a process and all that it ever started; null: not known. */
export const cpuMs = (pid: number): number | null => {
  const self = timesOf(pid);
  if (self === null) return null;
  let total = self.own + self.ended;
  for (const entry of readdirSync('/proc')) {
    const child = /^\d+$/.test(entry) ? timesOf(entry) : null;
    if (child?.parent === pid) total += child.own + child.ended;
  }
  return total;
};

/** Those of the process itself; null: not known. */
export const ownCpuMs = (pid: number): number | null => timesOf(pid)?.own ?? null;

const QUIET_WINDOW_MS = 500;
/** An idle Temporal server takes about 2 % of a core. */
const QUIET_CPU_MS = 30;
const GIVE_UP_MS = 20_000;
const UNKNOWN_WAIT_MS = 2000;

/** Waits until these processes have nothing left to do, so that their work is theirs in the sums. */
export const untilQuiet = async (pids: number[]): Promise<void> => {
  const total = (): number | null => {
    let sum = 0;
    for (const pid of pids) {
      const times = timesOf(pid);
      if (times === null) return null;
      sum += times.own;
    }
    return sum;
  };
  const end = Date.now() + GIVE_UP_MS;
  for (let before = total(); Date.now() < end;) {
    await delay(before === null ? UNKNOWN_WAIT_MS : QUIET_WINDOW_MS);
    const now = total();
    if (before === null || now === null || now - before <= QUIET_CPU_MS) return;
    before = now;
  }
};
