/** What Docker Compose makes of the project's files: the rules of its specification that they use. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';

export interface ComposeService {
  image?: string;
  command?: string[];
  entrypoint?: string[];
  profiles?: string[];
  environment?: Record<string, string>;
  networks?: string[];
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  secrets?: string[];
  ports?: string[];
  [attribute: string]: unknown;
}

export interface ComposeModel {
  /** Those that `up` starts. */
  services: Record<string, ComposeService>;
  /** Those of profiles that are off, which only `run` starts. */
  tools: Record<string, ComposeService>;
  volumes: string[];
  networks: Record<string, { internal?: boolean } | null>;
}

type Node = unknown;
type Fields = Record<string, Node>;

/** A value that replaces what earlier files say, instead of being merged with it. */
class Override {
  readonly value: Node;
  constructor(value: Node) {
    this.value = value;
  }
}
const REMOVED = Symbol('removed');

/** @throws Error as Compose does: a variable that is needed and not set, a file that is missing */
export const readCompose = (dir: string): ComposeModel => {
  const env = readEnvFile(path.join(dir, '.env'), {});
  const files = (env.COMPOSE_FILE ?? 'docker-compose.yml').split(':');
  let merged: Node = {};
  for (const file of files) merged = merge(merged, readYaml(path.join(dir, file), env));
  const { services, volumes, networks } = prune(merged) as {
    services: Record<string, ComposeService>;
    volumes?: object;
    networks?: ComposeModel['networks'];
  };
  const profiles = (env.COMPOSE_PROFILES ?? '').split(',');
  const model: ComposeModel = {
    services: {},
    tools: {},
    volumes: Object.keys(volumes ?? {}),
    networks: networks ?? {},
  };
  for (const [name, given] of Object.entries(services)) {
    const service = finish(given, dir, env);
    const on = !service.profiles || service.profiles.some((profile) => profiles.includes(profile));
    (on ? model.services : model.tools)[name] = service;
  }
  for (const [name, service] of Object.entries({ ...model.services, ...model.tools })) {
    for (const needed of Object.keys(service.depends_on ?? {}))
      if (!(needed in model.services)) throw new Error(`${name} depends on ${needed}, not there`);
    for (const network of service.networks ?? [])
      if (!(network in model.networks)) throw new Error(`${name}: no network ${network}`);
  }
  return model;
};

/** `environment` wins over every file of `env_file`, a later file over an earlier one. */
const finish = (
  given: ComposeService,
  dir: string,
  env: Record<string, string>,
): ComposeService => {
  const { env_file: files = [], environment = {}, depends_on: needs, ...rest } = given;
  const found: Record<string, string> = {};
  for (const entry of files as (string | { path: string; required?: boolean })[]) {
    const { path: file, required = true } = typeof entry === 'string' ? { path: entry } : entry;
    const full = path.join(dir, file);
    if (existsSync(full)) Object.assign(found, readEnvFile(full, env));
    else if (required) throw new Error(`env file ${file} not found`);
  }
  const own = Object.entries<unknown>(environment).map(([name, value]) => [name, String(value)]);
  return {
    ...rest,
    environment: { ...found, ...(Object.fromEntries(own) as Record<string, string>) },
    ...(needs && {
      depends_on: Array.isArray(needs)
        ? Object.fromEntries(needs.map((name) => [String(name), { condition: 'service_started' }]))
        : needs,
    }),
  };
};

const readYaml = (file: string, env: Record<string, string>): Node => {
  const document = parseDocument(readFileSync(file, 'utf8'), { logLevel: 'silent' });
  if (document.errors[0]) throw document.errors[0];
  const valueOf = (node: unknown): Node => {
    if (isAlias(node)) return valueOf(node.resolve(document));
    const tag = isNode(node) ? node.tag : undefined;
    if (tag === '!reset') return REMOVED;
    const value = plain(node);
    return tag === '!override' ? new Override(value) : value;
  };
  const plain = (node: unknown): Node => {
    if (isSeq(node)) return node.items.map(valueOf);
    if (!isMap(node))
      return isScalar(node) && typeof node.value === 'string'
        ? interpolate(node.value, env)
        : isScalar(node)
          ? node.value
          : null;
    const inherited: Fields = {};
    const own: Fields = {};
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (name === '<<') Object.assign(inherited, valueOf(value));
      else own[name] = valueOf(value);
    }
    return { ...inherited, ...own };
  };
  return valueOf(document.contents);
};

const isFields = (node: Node): node is Fields =>
  typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof Override);

/** These say one thing: a later file replaces them. Other lists grow. */
const REPLACED = ['command', 'entrypoint', 'test'];

const merge = (base: Node, over: Node, name = ''): Node => {
  if (over instanceof Override) return over.value;
  if (Array.isArray(base) && Array.isArray(over) && !REPLACED.includes(name))
    return [...new Set([...(base as Node[]), ...(over as Node[])])];
  if (!isFields(base) || !isFields(over)) return over;
  const merged: Fields = { ...base };
  for (const [key, value] of Object.entries(over))
    merged[key] = key in base ? merge(base[key], value, key) : merge({}, value, key);
  return merged;
};

/** Without what a later file took away. */
const prune = (node: Node): Node => {
  if (!isFields(node)) return node;
  const kept = Object.entries(node).filter(([, value]) => value !== REMOVED);
  return Object.fromEntries(kept.map(([name, value]) => [name, prune(value)]));
};

/** `NAME=value` lines; a later line may use an earlier one, and `env` wins over both. */
export const readEnvFile = (file: string, env: Record<string, string>): Record<string, string> => {
  if (!existsSync(file)) return {};
  const found: Record<string, string> = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, name, value = ''] = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) found[name] = interpolate(value.trim(), { ...found, ...env });
  }
  return found;
};

const VARIABLE = /\$(?:\$|\{(\w+)(?:(:[-?])((?:[^{}]|\$\{[^{}]*\})*))?\})/g;

const interpolate = (text: string, env: Record<string, string>): string =>
  text.replaceAll(VARIABLE, (whole, name?: string, operator?: string, word = '') => {
    if (name === undefined) return '$';
    const value = env[name] ?? '';
    if (value !== '' || operator === undefined) return value;
    if (operator === ':-') return interpolate(word as string, env);
    throw new Error(`${name} is not set: ${word as string} (in ${whole})`);
  });
