/**
 * Known vulnerabilities and newer versions, by npm's own commands. Exit code: 0 nothing known, 1
 * something known, 2 the registry did not answer.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// As promised in docs/security.md.
export const DAYS_TO_MEND = { critical: 3, high: 7, moderate: 30, low: 90 } as const;
type Severity = keyof typeof DAYS_TO_MEND;

export type Vulnerabilities =
  | { known: true; found: { name: string; severity: Severity; title: string; mended: boolean }[] }
  | { known: false; why: string };

interface Audit {
  message?: string;
  vulnerabilities?: Record<
    string,
    { severity: string; via: (string | { title?: string })[]; fixAvailable: unknown }
  >;
}

const isSeverity = (word: string): word is Severity => Object.hasOwn(DAYS_TO_MEND, word);

/** @param output of `npm audit --json` */
export const readAudit = (output: string): Vulnerabilities => {
  let audit: Audit;
  try {
    audit = JSON.parse(output) as Audit;
  } catch {
    return { known: false, why: 'npm audit gave no answer' };
  }
  if (!audit.vulnerabilities) return { known: false, why: audit.message ?? 'no answer' };
  const found = Object.entries(audit.vulnerabilities).map(
    ([name, { severity, via, fixAvailable }]) => ({
      name,
      severity: isSeverity(severity) ? severity : 'low',
      title: via
        .map((one) => (typeof one === 'string' ? `by ${one}` : (one.title ?? '')))
        .join('; '),
      mended: fixAvailable !== false,
    }),
  );
  return { known: true, found };
};

export type Newer =
  | { known: true; found: { name: string; current: string; latest: string }[] }
  | { known: false; why: string };

/**
 * `npm outdated` leaves out what does not run on this Node.js, so it misses the next major of a
 * tool that dropped it.
 * @param latest version of each package; undefined without an answer
 */
export const compareVersions = (
  pinned: Record<string, string>,
  latest: Map<string, string | undefined>,
): Newer => {
  const found = [];
  for (const [name, current] of Object.entries(pinned)) {
    const newest = latest.get(name);
    if (newest === undefined) return { known: false, why: `nothing is said of ${name}` };
    if (newest !== current) found.push({ name, current, latest: newest });
  }
  return { known: true, found };
};

export const report = (audit: Vulnerabilities, newer: Newer): { lines: string[]; code: number } => {
  const lines: string[] = [];
  if (!audit.known)
    lines.push(`Vulnerabilities: NOT KNOWN, the registry could not be asked (${audit.why}).`);
  else if (audit.found.length === 0) lines.push('Vulnerabilities: none known.');
  else
    for (const { name, severity, title, mended } of audit.found) {
      const days = DAYS_TO_MEND[severity];
      const how = mended
        ? `update within ${days} days`
        : `no update yet, judge within ${days} days`;
      lines.push(`${severity}: ${name}: ${title} (${how})`);
    }
  if (!newer.known)
    lines.push(`Newer versions: NOT KNOWN, the registry could not be asked (${newer.why}).`);
  else
    for (const { name, current, latest } of newer.found)
      lines.push(`newer: ${name} ${current} -> ${latest}`);
  if (audit.known && audit.found.length > 0) return { lines, code: 1 };
  return { lines, code: audit.known && newer.known ? 0 : 2 };
};

// npm exits non-zero when it found something; its output still counts.
const npm = async (...args: string[]): Promise<string> => {
  try {
    return (await promisify(execFile)('npm', args, { maxBuffer: 64e6 })).stdout;
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? '';
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const audit = readAudit(await npm('audit', '--json', '--omit=dev'));
  const { dependencies, devDependencies } = JSON.parse(
    await readFile('package.json', 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  const pinned = { ...dependencies, ...devDependencies };
  const names = Object.keys(pinned);
  const latest = new Map<string, string | undefined>();
  const ask = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop())
      latest.set(name, (await npm('view', name, 'dist-tags.latest')).trim() || undefined);
  };
  await Promise.all([ask(), ask(), ask(), ask()]);
  const newer = compareVersions(pinned, latest);
  const { lines, code } = report(audit, newer);
  for (const line of lines) console.log(line);
  process.exitCode = code;
}
