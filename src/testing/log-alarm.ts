/**
 * The alarm for personal data in logs: everything that desks, workers and servers of a test run have
 * logged is searched for what the tests typed, sent and were given. Rings with file and line.
 */
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createLogger } from '../platform/base/logger.ts';
import type { Logger } from '../platform/base/logger.ts';

/** What a test plants on a page for the policy to stop: the only report that is in order. */
export const PLANTED_ORIGIN = 'https://planted.invalid';

const KNOWN_FILE = 'known-values.txt';
const SHORTEST_KNOWN = 6;

export interface Alarm {
  lines: number;
  files: number;
  found: { file: string; line: number; what: string; text: string }[];
}

/** Where the logs of this run are gathered; undefined outside `npm test`. */
const logFolder = (): string | undefined => process.env.PISHKHAN_TEST_LOGS || undefined;

/** A log that is searched in the end, with all that a running desk would not log too. */
export const createTestLog = (name: string): Logger => {
  const folder = logFolder();
  return createLogger({
    name,
    level: folder === undefined ? 'silent' : 'debug',
    ...(folder !== undefined && { file: path.join(folder, `tests-${process.pid}.log`) }),
  });
};

/** Keeps the logs of a desk whose folder will be removed. The same desk again: the newer ones. */
export const keepLogs = (dataDir: string): void => {
  const folder = logFolder();
  const logs = path.join(dataDir, 'logs');
  if (folder === undefined || !existsSync(logs)) return;
  cpSync(logs, path.join(folder, path.basename(dataDir)), { recursive: true });
};

/** A code, password or name that no log of this run may hold. */
export const rememberKnown = (...values: string[]): void => {
  const folder = logFolder();
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const lines = values.filter((value) => value.length >= SHORTEST_KNOWN);
  for (const value of lines) appendFileSync(path.join(folder, KNOWN_FILE), `${value}\n`);
};

/** Ids and what a logger itself adds may look like anything. */
const BESIDE =
  /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"(pid|time|ms|port|attempt|line)":\s*\d+|^\d{4}-\d\d-\d\d[ T][\d:.]+( UTC \[\d+\])?/g;

const SHAPES: [what: string, shape: RegExp][] = [
  ['a mobile number', /(?<![\w-])(?:\+|00)?(?:98|0)9\d{9}(?![\w-])/],
  // Names, subjects, reasons and replies of the tests; nothing that is logged is in this script.
  ['a text that somebody wrote', /[\u0600-\u06ff]|\\u06[0-9a-f]{2}/i],
  ['a token', /(?<![\w/+.-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43}(?![\w/+=.-])/],
  [
    'a tracking code',
    /(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[0-9A-HJKMNP-TV-Z]{4}(-?)[0-9A-HJKMNP-TV-Z]{4}\1[0-9A-HJKMNP-TV-Z]{4}(?![\w-])/,
  ],
];

const POLICY_BROKEN = /a page broke its content security policy/;
/** Logger of a site that a test tells of policies that no page broke. */
export const TOLD_OF_POLICIES = 'told of policies';

/** Every file under the folder whose name has `.log` in it. */
export const soundAlarm = (folder: string): Alarm => {
  const alarm: Alarm = { lines: 0, files: 0, found: [] };
  if (!existsSync(folder)) return alarm;
  const known = readKnown(folder);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.includes('.log')) continue;
    const file = path.join(entry.parentPath, entry.name);
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    alarm.files += 1;
    alarm.lines += lines.length;
    for (const [index, text] of lines.entries())
      for (const what of foundIn(text, known))
        alarm.found.push({ file: path.relative(folder, file), line: index + 1, what, text });
  }
  return alarm;
};

const readKnown = (folder: string): Set<string> => {
  const file = path.join(folder, KNOWN_FILE);
  return new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
};

const foundIn = (line: string, known: Set<string>): string[] => {
  const text = line.replace(BESIDE, ' ');
  const words = new Set(text.split(/[^\w-]+/));
  const found = SHAPES.filter(([, shape]) => shape.test(text)).map(([what]) => what);
  for (const value of known)
    // A code of six digits may well be a part of some other number.
    if (/^\w+$/.test(value) ? words.has(value) : text.includes(value)) found.push('a known value');
  if (
    POLICY_BROKEN.test(text) &&
    ![PLANTED_ORIGIN, `"name":"${TOLD_OF_POLICIES}"`].some((one) => text.includes(one))
  )
    found.push('content that a policy has stopped');
  return found;
};
