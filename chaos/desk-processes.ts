/** The four processes of a running desk, found below its supervisor as the system shows them. */
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export const ROLES = ['web', 'worker', 'temporal', 'postgres'] as const;
export type Role = (typeof ROLES)[number];

interface Found {
  pid: number;
  parent: number;
  command: string;
}

const COMMANDS: Record<Role, RegExp> = {
  web: /src\/main\/web\.ts/,
  worker: /src\/main\/worker\.ts/,
  temporal: /server start-dev/,
  postgres: /bin\/postgres(\.exe)? -D /,
};

const listProcesses = (): Found[] =>
  execFileSync('ps', ['-axo', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    });

const below = (all: Found[], parent: number): Found[] => all.filter((one) => one.parent === parent);

/** Undefined while it is being started again. */
export const pidOf = (supervisor: number, role: Role): number | undefined =>
  below(listProcesses(), supervisor).find(({ command }) => COMMANDS[role].test(command))?.pid;

/** The process and, for PostgreSQL, the processes that serve its connections. */
export const pidsOf = (supervisor: number, role: Role): number[] => {
  const all = listProcesses();
  const first = below(all, supervisor).find(({ command }) => COMMANDS[role].test(command));
  return first ? [first.pid, ...below(all, first.pid).map(({ pid }) => pid)] : [];
};

/** Everything below a process, the deepest last. */
export const descendants = (ancestor: number): number[] => {
  const all = listProcesses();
  const found = [ancestor];
  for (const pid of found) found.push(...below(all, pid).map((child) => child.pid));
  return found.slice(1);
};

/** Desks that this process started and that still run. */
export const ownSupervisors = (): number[] =>
  below(listProcesses(), process.pid)
    .filter(({ command }) => command.includes('src/main/start.ts'))
    .map(({ pid }) => pid);

const STOPS_WITHIN_MS = 60_000;

/** Ctrl-C for every desk that this process started; the hard way when one takes too long. */
export const endOwnDesks = async (): Promise<void> => {
  const all = ownSupervisors();
  // A process that is stopped hears nothing else.
  signal(all.flatMap(descendants), 'SIGCONT');
  signal(all, 'SIGINT');
  for (let waited = 0; ownSupervisors().length > 0; waited += 100) {
    if (waited > STOPS_WITHIN_MS)
      signal(
        all.flatMap((pid) => [pid, ...descendants(pid)]),
        'SIGKILL',
      );
    await delay(100);
  }
};

/** Servers on data in this folder that a supervisor has left: what crashed ends nothing. */
export const endServersIn = (folder: string): void =>
  signal(
    listProcesses()
      .filter(({ command }) => command.includes(`${folder}/`))
      .map(({ pid }) => pid),
    'SIGKILL',
  );

/** One that is gone is no error. */
export const signal = (pids: number[], name: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
};
