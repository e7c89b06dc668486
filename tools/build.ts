/** `npm run build`: the program as JavaScript in `dist/`, with its assets and the workflow bundle. */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = path.join(ROOT, 'dist');
const FOLDERS = ['src', 'activities', 'web', 'workflows'];
const LEFT_OUT =
  /^(src\/testing|web\/e2e|workflows\/histories)\/|\.test\.tsx?$|\.d\.m?ts$|(^|\/)README\.md$/;

const readOptions = (): ts.CompilerOptions => {
  const file = path.join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  // Which files are ES modules NodeNext would look up in package.json: all are.
  return { ...options, module: ts.ModuleKind.ESNext, rewriteRelativeImportExtensions: true };
};

const compile = async (file: string, compilerOptions: ts.CompilerOptions): Promise<void> => {
  const source = await readFile(path.join(ROOT, file), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: file });
  await writeFile(path.join(DIST, file.replace(/\.tsx?$/, '.js')), outputText);
};

const listFiles = async (folder: string): Promise<string[]> =>
  (await readdir(path.join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter((file) => !LEFT_OUT.test(file));

await rm(DIST, { recursive: true, force: true });
const options = readOptions();
for (const file of (await Promise.all(FOLDERS.map(listFiles))).flat()) {
  await mkdir(path.dirname(path.join(DIST, file)), { recursive: true });
  if (/\.tsx?$/.test(file)) await compile(file, options);
  else await cp(path.join(ROOT, file), path.join(DIST, file));
}
const bundling = spawnSync(process.execPath, [path.join(DIST, 'src/main/bundle-workflows.js')], {
  stdio: 'inherit',
});
process.exitCode = bundling.status ?? 1;
