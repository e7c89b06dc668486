/** The real servers that tests run on: those of `npm start`, in a folder that is thrown away. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createPostgresService, embeddedDatabaseUrl, stopLeftPostgres } from '../local/postgres.ts';
import { createSupervisor } from '../local/supervisor.ts';
import type { Service } from '../local/service-process.ts';
import { createTemporalService, stopLeftTemporal } from '../local/temporal-server.ts';
import { freePorts } from './ports.ts';

export interface TestServer {
  /** Database URL, or host:port of Temporal. */
  address: string;
  stop: () => Promise<void>;
}

const say = (line: string): void => console.error(line);

/** Not only for us: the PostgreSQL of root runs as another user. */
export const makeTestDir = (): string => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-test-'));
  chmodSync(dir, 0o711);
  return dir;
};

/** @param dir the server's own folder, see `makeTestDir`; its data stays there after `stop` */
export const startTestPostgres = async (dir: string): Promise<TestServer> => {
  const port = await freePorts();
  const service = createPostgresService({ dataDir: dir, port, say, durable: false });
  const supervisor = createSupervisor({ services: [service], logDir: path.join(dir, 'logs'), say });
  const killed = (): void => supervisor.kill();
  process.once('exit', killed);
  await supervisor.start('postgres');
  return {
    address: embeddedDatabaseUrl({ DATA_DIR: dir, POSTGRES_PORT: port }),
    stop: async () => {
      await supervisor.stop();
      process.off('exit', killed);
    },
  };
};

/**
 * @param dir the server's own folder; started on it again, the workflows go on
 * @param port to start it again at the same address
 * @param flags more arguments for the server
 */
export const startTestTemporal = async (
  dir: string,
  port?: number,
  flags: string[] = [],
): Promise<TestServer> => {
  const listening = port ?? (await freePorts());
  const service = createTemporalService({
    dataDir: dir,
    port: listening,
    ui: false,
    namespace: 'default',
    cliPath: process.env.TEMPORAL_CLI_PATH ?? '',
    say,
  });
  const flagged: Service = {
    ...service,
    async command(signal) {
      const command = await service.command(signal);
      return { ...command, args: [...command.args, ...flags] };
    },
  };
  const supervisor = createSupervisor({ services: [flagged], logDir: path.join(dir, 'logs'), say });
  const killed = (): void => supervisor.kill();
  process.once('exit', killed);
  await supervisor.start('temporal');
  return {
    address: `127.0.0.1:${listening}`,
    stop: async () => {
      await supervisor.stop();
      process.off('exit', killed);
    },
  };
};

/** For a test run that was cut off: ends what still runs in the folder, and removes it. */
export const removeTestDir = async (dir: string): Promise<void> => {
  await stopLeftTemporal(dir);
  await stopLeftPostgres(dir);
  rmSync(dir, { recursive: true, force: true });
};
