/** `npm run measure-code`: sizes of the product's own code, tests left out. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const FOLDERS = ['src', 'workflows', 'activities', 'web'];
const SKIPPED = /\.test\.tsx?$|^src\/testing\/|^web\/e2e\/|\.d\.ts$/;
const LONG = { function: 60, page: 100, file: 400 };

interface Measured {
  file: string;
  lines: number;
  imports: number;
  docComments: number;
  functions: { name: string; lines: number; isPage: boolean }[];
}

const sourceFiles = (): string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name))
      .filter((file) => /\.tsx?$/.test(file) && !SKIPPED.test(file)),
  );

const nameOf = (node: ts.Node): string => {
  const owner = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) ? node : node.parent;
  const { name } = owner as { name?: ts.Node };
  return name?.getText() ?? 'anonymous';
};

const measure = (file: string): Measured => {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const measured: Measured = {
    file,
    lines: text.split('\n').length - 1,
    imports: source.statements.filter(ts.isImportDeclaration).length,
    docComments: text.match(/\/\*\*/g)?.length ?? 0,
    functions: [],
  };
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body)
      measured.functions.push({
        name: nameOf(node),
        lines: lineOf(node.end) - lineOf(node.getStart()) + 1,
        isPage: file.endsWith('.tsx'),
      });
    node.forEachChild(visit);
  };
  visit(source);
  return measured;
};

const rank = (values: number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

const spread = (values: number[]): string =>
  `median ${rank(values, 0.5)}, p90 ${rank(values, 0.9)}, max ${Math.max(...values)}`;

const files = sourceFiles().map(measure);
const lines = files.map((file) => file.lines);
const total = lines.reduce((sum, count) => sum + count, 0);
const functions = files.flatMap(({ file, functions: own }) =>
  own.map((one) => ({
    ...one,
    file,
    isLong: one.lines > (one.isPage ? LONG.page : LONG.function),
  })),
);
const docs = files.reduce((sum, { docComments }) => sum + docComments, 0);
const longest = files.toSorted((a, b) => b.imports - a.imports)[0];
const settings = readFileSync('.env.example', 'utf8').match(/^#? ?[A-Z][A-Z0-9_]+=/gm)?.length ?? 0;
const longFiles = files
  .filter((file) => file.lines > LONG.file)
  .toSorted((a, b) => b.lines - a.lines);
const longFunctions = functions
  .filter(({ isLong }) => isLong)
  .toSorted((a, b) => b.lines - a.lines);

const shown = process.argv.includes('--all') ? Infinity : 8;
const list = (items: string[]): string[] => items.slice(0, shown).map((item) => `    ${item}`);

process.stdout.write(
  `${[
    `files ${files.length}, lines ${total}`,
    `  lines of a file: ${spread(lines)}; over ${LONG.file}: ${longFiles.length}`,
    ...list(longFiles.map(({ file, lines: count }) => `${count} ${file}`)),
    `  lines of a function: ${spread(functions.map((one) => one.lines))}; over ${LONG.function} (in .tsx ${LONG.page}): ${longFunctions.length}`,
    ...list(longFunctions.map((one) => `${one.lines} ${one.name} in ${one.file}`)),
    `  longest import list: ${longest?.imports} in ${longest?.file}`,
    `  doc comments in 1,000 lines: ${((docs * 1000) / total).toFixed(1)}`,
    `settings: ${settings}`,
  ].join('\n')}\n`,
);
