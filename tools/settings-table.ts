/**
 * Writes `.env.example` and the tables of settings and limits in docs/operations.md, from
 * src/settings.ts and src/limits.ts. With `--check` it writes nothing and fails when one is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/settings.ts';
import { LIMITS } from '../src/limits.ts';

const OPERATIONS = 'docs/operations.md';
const ENV_EXAMPLE = '.env.example';
const PLACES = {
  settings: ['<!-- settings: written by tools/settings-table.ts -->', '<!-- /settings -->'],
  limits: ['<!-- limits: written by tools/settings-table.ts -->', '<!-- /limits -->'],
} as const;

interface Setting {
  name: string;
  default: string;
  doc: string;
}

export const settingsTable = (settings: Setting[]): string =>
  [
    '| name | default | meaning |',
    '|---|---|---|',
    ...settings.map(
      ({ name, default: fallback, doc }) =>
        `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${doc.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n');

// Every line is commented out, so that a copy changes nothing until it is edited.
export const envExample = (settings: Setting[]): string =>
  [
    '# Every setting of the desk with its default: copy it, and uncomment what is to be different.',
    '# docker compose reads docker/desk.env; elsewhere: node --env-file=FILE --import tsx src/cli/desk.ts …',
    ...settings.map(
      ({ name, default: fallback, doc }) =>
        `\n# ${doc}\n# ${name}=${/\s/.test(fallback) ? `"${fallback}"` : fallback}`,
    ),
    '',
  ].join('\n');

/** @throws when the markers are missing or out of order */
export const withTable = (
  document: string,
  table: string,
  place: keyof typeof PLACES = 'settings',
): string => {
  const [opening, closing] = PLACES[place];
  const begin = document.indexOf(opening);
  const end = document.indexOf(closing, begin);
  if (begin < 0 || end < 0) throw new Error(`${OPERATIONS} has no place for the ${place} table`);
  return `${document.slice(0, begin + opening.length)}\n${table}\n${document.slice(end)}`;
};

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const main = (check: boolean): void => {
  const settings = Object.entries(SETTINGS).map(([name, setting]) => ({ name, ...setting }));
  const limits = Object.entries(LIMITS).map(([name, { value, doc }]) => ({
    name,
    default: String(value),
    doc,
  }));
  const wanted = {
    [ENV_EXAMPLE]: envExample(settings),
    [OPERATIONS]: withTable(
      withTable(readFileSync(OPERATIONS, 'utf8'), settingsTable(settings)),
      settingsTable(limits),
      'limits',
    ),
  };
  for (const [file, text] of Object.entries(wanted)) {
    if (readIfThere(file) === text) continue;
    if (check) {
      console.error(`settings: ${file} is stale; run npm run settings`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, text);
      console.log(`settings: wrote ${file}`);
    }
  }
  if (check && !process.exitCode) console.log(`settings: ${settings.length}, all documented`);
};

if (process.argv[1] === import.meta.filename) main(process.argv.includes('--check'));
