// Checks .dependency-cruiser.mjs. Plain JavaScript, so that it runs when TypeScript itself is
// broken.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const FOLDERS = ['src', 'workflows', 'activities', 'web', 'bench', 'chaos', 'tools'];

// With a TypeScript that it does not know, dependency-cruiser sees no module and reports no
// problem. The desk has well over twice as many.
const MIN_MODULES = 40;

const folders = FOLDERS.filter((folder) => existsSync(folder));
if (folders.length === 0) fail([`none of ${FOLDERS.join(', ')} is in ${process.cwd()}`]);

const options = await extractOptions(path.resolve('.dependency-cruiser.mjs'));
const { output } = await cruise(folders, options, undefined, {
  tsConfig: extractTSConfig(path.resolve('tsconfig.json')),
});

const isOurs = (module) => FOLDERS.some((folder) => module.source.startsWith(`${folder}/`));
const modules = output.modules.filter(isOurs);
const imports = modules.reduce((sum, module) => sum + module.dependencies.length, 0);

const problems = output.summary.violations.map(describe);
problems.push(...sqlElsewhere());
const seen = new Set(modules.map((module) => module.source));
for (const file of sourceFiles()) if (!seen.has(file)) problems.push(`${file} was not read`);
if (modules.length < MIN_MODULES)
  problems.push(`saw only ${modules.length} modules, expected at least ${MIN_MODULES}`);
if (imports < modules.length)
  problems.push(`saw only ${imports} imports in ${modules.length} modules`);

if (problems.length > 0) fail(problems);
console.log(`imports: ${modules.length} modules, ${imports} imports, all in the right direction`);

function describe({ rule, from, to, cycle, via }) {
  const path = (cycle ?? via ?? []).map(({ name }) => name);
  const way = path.length > 0 ? path : [to];
  const comment = options.ruleSet.forbidden.find(({ name }) => name === rule.name)?.comment;
  return `${rule.name}: ${[from, ...way].join(' → ')}\n    ${comment}`;
}

function sourceFiles() {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => /\.(tsx?|mjs)$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => path.posix.join(folder, ...name.split(path.sep))),
  );
}

// SQL belongs into `*.sql.ts` and what opens the database.
function sqlElsewhere() {
  const isProduct = (file) =>
    /^(src|web|activities|workflows)\//.test(file) &&
    !/\.test\.tsx?$|^src\/(testing|local)\/|^web\/e2e\//.test(file);
  const opensDatabase = /^src\/platform\/base\/(database|migrate|schema-state)\.ts$/;
  return sourceFiles()
    .filter((file) => isProduct(file) && !file.endsWith('.sql.ts') && !opensDatabase.test(file))
    .filter((file) => /\b(db|tx|sql)(<[^`;]*>)?`/.test(readFileSync(file, 'utf8')))
    .map((file) => `sql-in-sql-files: ${file}`);
}

function fail(problems) {
  for (const problem of problems) console.error(`imports: ${problem}`);
  console.error(`imports: ${problems.length} wrong`);
  process.exit(1);
}
