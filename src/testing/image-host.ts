/** The steps of the Dockerfile on this machine, without a container: each stage is a folder. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);
const KEPT_OUT = /src\/testing\/|web\/e2e\/|workflows\/histories\/|\.test\.tsx?$/;

export interface Image {
  /** What the root folder of the image holds beside its base. */
  root: string;
  env: Record<string, string>;
  instructions: string[];
}

const readInstructions = (): string[] =>
  readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');

const ignored = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n');

/** Linked, not copied: a step removes files of it, and changes none. */
const linkTree = async (from: string, to: string): Promise<void> => {
  mkdirSync(path.dirname(to), { recursive: true });
  const script = 'cp -al "$0" "$1" 2>/dev/null || cp -a "$0" "$1"';
  await execute('sh', ['-c', script, from, to]);
};

const copyFromTree = async (name: string, to: string): Promise<void> => {
  if (!ignored.some((line) => line === `!${name}`))
    throw new Error(`.dockerignore keeps ${name} out of the build`);
  await cp(path.join(ROOT, name), to, {
    recursive: true,
    filter: (file) => !KEPT_OUT.test(path.relative(ROOT, file)),
  });
};

const copy = async (words: string[], stages: string, app: string): Promise<void> => {
  const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
  const sources = from === undefined ? words.slice(0, -1) : words.slice(1, -1);
  const target = words.at(-1) ?? '';
  for (const source of sources) {
    const isFolder = target.endsWith('/');
    const inside = isFolder ? path.join(target, path.basename(source)) : target;
    const to = inside.startsWith('/')
      ? path.join(app, '..', inside)
      : path.join(app, inside === '.' ? source : inside);
    if (from === undefined) await copyFromTree(source, to);
    else await linkTree(path.join(stages, from, source), to);
  }
};

const shell = async (script: string, cwd: string): Promise<void> => {
  await execute('sh', ['-euc', script], { cwd });
};

/** The packages come from this tree, where they are installed already. */
const install = async (script: string, app: string): Promise<void> => {
  const packages = path.join(app, 'node_modules');
  await linkTree(path.join(ROOT, 'node_modules'), packages);
  if (!script.includes('--omit=dev')) return;
  // The only file of the packages that pruning writes.
  await shell(
    'cp node_modules/.package-lock.json lock && mv lock node_modules/.package-lock.json',
    app,
  );
  await shell('npm prune --omit=dev --ignore-scripts --no-audit --no-fund', app);
};

const run = async (script: string, app: string): Promise<void> => {
  if (script.startsWith('npm ci')) return install(script, app);
  await shell(
    script.replaceAll(/ -[og] node/g, '').replaceAll(' /var', ` ${path.join(app, '..')}/var`),
    app,
  );
};

export const buildImage = async (dir: string): Promise<Image> => {
  const instructions = readInstructions();
  const env: Record<string, string> = {};
  let root = dir;
  for (const instruction of instructions) {
    const [verb = '', ...words] = instruction.split(/\s+/);
    const app = path.join(root, 'app');
    if (verb === 'FROM') root = path.join(dir, words[2] ?? 'image');
    if (verb === 'WORKDIR') mkdirSync(app, { recursive: true });
    if (verb === 'COPY') await copy(words, dir, app);
    if (verb === 'RUN') await run(instruction.slice(4), app);
    if (verb === 'ENV')
      for (const word of words) env[word.split('=')[0] ?? ''] = word.slice(word.indexOf('=') + 1);
  }
  if (!existsSync(path.join(root, 'app'))) throw new Error('the Dockerfile makes no image');
  return { root, env, instructions };
};
