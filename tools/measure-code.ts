/**
 * `npm run measure-code`: sizes of the product's own code, without tests.
 * `-- --list`: every function and file over its limit and each folder's doc comments, tools included.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const PRODUCT = ['src', 'workflows', 'activities', 'web'];
const SKIPPED = /\.test\.tsx?$|^src\/testing\/|^web\/e2e\/|\.d\.m?ts$/;
const LIMITS = { function: 60, page: 100, file: 400, docComments: 12 };

interface MeasuredFunction {
  name: string;
  file: string;
  lines: number;
}

interface MeasuredFile {
  file: string;
  lines: number;
  imports: number;
  docComments: number;
  functions: MeasuredFunction[];
}

const sourceFiles = (folders: string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name))
      .filter((file) => /\.(tsx?|mjs)$/.test(file) && !SKIPPED.test(file)),
  );

const nameOf = (node: ts.Node): string => {
  const owner = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) ? node : node.parent;
  const { name } = owner as { name?: ts.Node };
  return name?.getText() ?? 'anonymous';
};

const measure = (file: string): MeasuredFile => {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const measured: MeasuredFile = {
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
        file,
        lines: lineOf(node.end) - lineOf(node.getStart()) + 1,
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

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

const longFiles = (files: MeasuredFile[]): string[] =>
  files
    .filter(({ lines }) => lines > LIMITS.file)
    .toSorted((a, b) => b.lines - a.lines)
    .map(({ file, lines }) => `    ${lines} ${file}`);

const longFunctions = (files: MeasuredFile[]): string[] =>
  files
    .flatMap(({ functions }) => functions)
    .filter(({ file, lines }) => lines > (file.endsWith('.tsx') ? LIMITS.page : LIMITS.function))
    .toSorted((a, b) => b.lines - a.lines)
    .map(({ name, file, lines }) => `    ${lines} ${name} in ${file}`);

const docRate = (files: MeasuredFile[]): number =>
  (sum(files.map(({ docComments }) => docComments)) * 1000) / sum(files.map(({ lines }) => lines));

const folderOf = ({ file }: MeasuredFile): string => path.posix.dirname(file);

const docRates = (files: MeasuredFile[]): string[] =>
  [...new Set(files.map(folderOf))]
    .map((folder) => ({ folder, rate: docRate(files.filter((file) => folderOf(file) === folder)) }))
    .toSorted((a, b) => b.rate - a.rate)
    .map(({ folder, rate }) => `    ${rate.toFixed(1)} ${folder}`);

const countSettings = (): number =>
  readFileSync('.env.example', 'utf8').match(/^#? ?[A-Z][A-Z0-9_]+=/gm)?.length ?? 0;

const FUNCTION_LIMIT = `over ${LIMITS.function} (in .tsx ${LIMITS.page})`;

const summary = (files: MeasuredFile[]): string[] => {
  const lines = files.map((file) => file.lines);
  const functions = files.flatMap((file) => file.functions);
  const [tooLong, tooLongFunctions] = [longFiles(files), longFunctions(files)];
  const longest = files.toSorted((a, b) => b.imports - a.imports)[0];
  return [
    `files ${files.length}, lines ${sum(lines)}`,
    `  lines of a file: ${spread(lines)}; over ${LIMITS.file}: ${tooLong.length}`,
    ...tooLong.slice(0, 8),
    `  lines of a function: ${spread(functions.map((one) => one.lines))}; ${FUNCTION_LIMIT}: ${tooLongFunctions.length}`,
    ...tooLongFunctions.slice(0, 8),
    `  longest import list: ${longest?.imports} in ${longest?.file}`,
    `  doc comments in 1,000 lines: ${docRate(files).toFixed(1)}`,
    `settings: ${countSettings()}`,
  ];
};

const everything = (files: MeasuredFile[]): string[] => [
  `files over ${LIMITS.file} lines`,
  ...longFiles(files),
  `functions ${FUNCTION_LIMIT} lines`,
  ...longFunctions(files),
  `doc comments in 1,000 lines (at most ${LIMITS.docComments})`,
  ...docRates(files),
];

const report = process.argv.includes('--list')
  ? everything(sourceFiles([...PRODUCT, 'tools']).map(measure))
  : summary(sourceFiles(PRODUCT).map(measure));
process.stdout.write(`${report.join('\n')}\n`);
