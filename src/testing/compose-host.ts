/**
 * Stands in for the program `docker` where the steps of the documents are tried: what a service of
 * the Compose files would run in its container runs as a process, in the environment that Compose
 * gives it. PostgreSQL and Temporal are those of the test.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processGone, sendSignal } from '../local/processes.ts';
import { readCompose } from './compose-model.ts';
import type { ComposeService } from './compose-model.ts';

interface Container {
  name: string;
  service: string;
  pid: number;
  port: number;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const dir = process.cwd();
const { COMPOSE_HOST_PORT, COMPOSE_HOST_POSTGRES = '', COMPOSE_HOST_TEMPORAL = '' } = process.env;
const firstPort = Number(COMPOSE_HOST_PORT);
const stateFile = path.join(dir, 'containers.json');

const containers = (): Container[] =>
  existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as Container[]) : [];
const keep = (all: Container[]): void => writeFileSync(stateFile, JSON.stringify(all));

/** Names and paths inside the containers, as this machine has them. */
const environmentOf = ({ environment = {} }: ComposeService, port = firstPort) => {
  const here: [string, string][] = [
    ['@postgres:5432/', `@${COMPOSE_HOST_POSTGRES}/`],
    ['temporal:7233', COMPOSE_HOST_TEMPORAL],
    ['/var/lib/pishkhan', path.join(dir, 'volume')],
    ['/run/secrets/', path.join(dir, 'docker/secrets/')],
    ['/etc/pishkhan', path.join(dir, 'docker/own')],
  ];
  const values = { DATA_DIR: '/var/lib/pishkhan', ...environment };
  const mapped = Object.entries(values).map(([name, value]) => [
    name,
    here.reduce((text, [inside, outside]) => text.replaceAll(inside, outside), value),
  ]);
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...(Object.fromEntries(mapped) as Record<string, string>),
    HOST: '127.0.0.1',
    PORT: String(port),
  };
};

const DESK = ['--import', import.meta.resolve('tsx'), path.join(ROOT, 'src/cli/desk.ts')];

/** As the entry point of the image, of the command line of Temporal, or of the service itself. */
const runOnce = (name: string, service: ComposeService, args: string[]): void => {
  const [file, ...first] = service.entrypoint?.map((word) =>
    word.replace(/^\/desk\//, 'docker/temporal/'),
  ) ?? [process.execPath, ...DESK];
  const env = environmentOf(service);
  const cwd = service.entrypoint ? dir : ROOT;
  const { status } = spawnSync(file ?? '', [...first, ...args], { cwd, env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`service ${name} ended with ${status}`);
};

const startContainer = (name: string, service: string, port: number): Container => {
  const model = readCompose(dir).services[service];
  if (!model) throw new Error(`no such service: ${service}`);
  const log = openSync(path.join(dir, `${service}.log`), 'a');
  const child = spawn(process.execPath, [...DESK, ...(model.command ?? [])], {
    cwd: ROOT,
    env: environmentOf(model, port),
    stdio: ['ignore', log, log],
    detached: true,
  });
  child.unref();
  return { name, service, pid: child.pid ?? 0, port };
};

const stopContainer = async ({ pid }: Container): Promise<void> => {
  sendSignal(pid, 'SIGTERM');
  if (!(await processGone(pid, 45_000))) sendSignal(pid, 'SIGKILL');
};

const isHealthy = async ({ port }: Container): Promise<boolean> =>
  fetch(`http://localhost:${port}/health/live`, { redirect: 'manual' }).then(
    // Another port than that of PUBLIC_ORIGIN is refused, by a process that answers.
    ({ status }) => status < 500,
    () => false,
  );

const untilHealthy = async (container: Container): Promise<void> => {
  const end = Date.now() + 120_000;
  while (!(await isHealthy(container))) {
    if (Date.now() > end) throw new Error(`${container.name} does not become healthy`);
    await delay(250);
  }
};

const ONE_SHOTS = ['temporal-namespace', 'migrate'];

const up = async (args: string[]): Promise<void> => {
  const { services } = readCompose(dir);
  const scale = new Map<string, number>();
  for (const [index, word] of args.entries()) {
    const [service = '', count] = args[index + 1]?.split('=') ?? [];
    if (word === '--scale') scale.set(service, Number(count));
  }
  const named = args.filter((word) => word in services);
  if (!args.includes('--no-deps'))
    for (const name of ONE_SHOTS.filter((one) => one in services))
      runOnce(name, services[name] ?? {}, services[name]?.command ?? []);
  for (const service of ['web', 'worker'].filter((one) => !named.length || named.includes(one))) {
    const recreate = !args.includes('--no-recreate');
    for (const old of containers().filter((one) => one.service === service && recreate)) {
      await stopContainer(old);
      keep(containers().filter(({ name }) => name !== old.name));
    }
    // Of workers one stands for all.
    const wanted = service === 'web' ? (scale.get(service) ?? 1) : 1;
    for (let number = 1; number <= wanted; number += 1) {
      const name = `pishkhan-${service}-${number}`;
      if (containers().some((one) => one.name === name)) continue;
      keep([...containers(), startContainer(name, service, firstPort + number - 1)]);
    }
  }
  for (const one of containers()) if (one.service === 'web') await untilHealthy(one);
};

const compose = async ([verb, ...args]: string[]): Promise<void> => {
  const { services, tools } = readCompose(dir);
  if (verb === 'up') return up(args);
  if (verb === 'build') return;
  if (verb === 'ps')
    for (const { name, service } of containers()) if (args.includes(service)) console.log(name);
  if (verb === 'ps') return;
  const isOption = (word: string, index: number): boolean =>
    word.startsWith('--') || args[index - 1] === '--volume';
  const [name = '', ...words] = args.slice(args.findIndex((word, at) => !isOption(word, at)));
  const service = services[name] ?? tools[name];
  if (!service) throw new Error(`no such service: ${name}`);
  if (verb === 'run') return runOnce(name, service, words.length ? words : (service.command ?? []));
  if (verb !== 'exec' || words[0] !== 'desk') throw new Error(`not known here: ${verb}`);
  if (!containers().some((one) => one.service === name)) throw new Error(`${name} is not running`);
  runOnce(name, service, words.slice(1));
};

const main = async ([verb = '', ...args]: string[]): Promise<void> => {
  if (verb === 'compose') return compose(args);
  const target = containers().find(({ name }) => name === args.at(-1));
  if (!target) throw new Error(`No such container: ${args.at(-1)}`);
  if (verb === 'inspect') return console.log((await isHealthy(target)) ? 'healthy' : 'starting');
  const others = containers().filter(({ name }) => name !== target.name);
  if (verb === 'rm') return keep(others);
  await stopContainer(target);
  if (verb === 'restart')
    keep([...others, startContainer(target.name, target.service, target.port)]);
};

mkdirSync(path.join(dir, 'volume'), { recursive: true });
try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
