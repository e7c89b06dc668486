/** The alarms of docker/prometheus/alerts.yml. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createMetrics } from '../src/operations/maintenance/metrics/metrics.ts';
import { parsePrometheus } from '../src/testing/prometheus.ts';
import { GAUGES } from '../src/operations/maintenance/metrics/desk-metrics.ts';
import { SECURITY_EVENTS } from '../web/security-events.ts';

interface Alarm {
  name: string;
  expr: string;
  severity: string;
  summary: string;
}

const FILE = await readFile(new URL('../docker/prometheus/alerts.yml', import.meta.url), 'utf8');

/** The one shape that the file has; what has another one is not understood. */
const RULE =
  /^ {6}- alert: (\w+)\n {8}expr: (>-\n(?: {10}\S.*\n)+|.+\n)(?: {8}for: \d+[mh]\n)? {8}labels: \{ severity: (\w+) \}\n {8}annotations:\n {10}summary: (.+)\n/gm;

const readAlarms = (text: string): Alarm[] =>
  [...text.matchAll(RULE)].map(([, name = '', expr = '', severity = '', summary = '']) => ({
    name,
    expr: expr.replace(/^>-/, '').replace(/\s+/g, ' ').trim(),
    severity,
    summary,
  }));

const alarms = readAlarms(FILE);

const TOKEN =
  /\s+|[a-z_][a-z0-9_]*|\d+(?:\.\d+)?[smhd]?|"[^"]*"|[=!]~|[<>=!]=|[<>=+\-*/%(){},]|\[\d+[smhd]\]/gy;
const WORDS = new Set(
  `max min sum by on and or unless offset rate increase histogram_quantile absent hour day_of_week`.split(
    ' ',
  ),
);

/** Its words, and that brackets are closed in order. @throws where it is no expression */
const readExpr = (expr: string): string[] => {
  const tokens: string[] = [];
  const open: string[] = [];
  const CLOSES: Record<string, string> = { ')': '(', '}': '{' };
  for (let at = 0; at < expr.length;) {
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(expr) ?? [];
    if (token === undefined) throw new Error(`not understood: ${expr.slice(at)}`);
    at += token.length;
    if (token === '(' || token === '{') open.push(token);
    const opener = CLOSES[token];
    if (opener !== undefined && open.pop() !== opener) throw new Error(`brackets: ${expr}`);
    if (token.trim() !== '') tokens.push(token);
  }
  if (open.length > 0) throw new Error(`brackets: ${expr}`);
  return tokens;
};

test('every alarm of the file is understood', () => {
  const rest = FILE.replaceAll(RULE, '').replaceAll(/^#.*\n|^\n/gm, '');
  expect(rest).toBe('groups:\n  - name: pishkhan\n    rules:\n');
  expect(alarms.length).toBeGreaterThan(15);
  expect(new Set(alarms.map(({ name }) => name)).size).toBe(alarms.length);
  for (const { severity, summary } of alarms) {
    expect(severity).toMatch(/^(page|ticket)$/);
    // A colon would make it something else than a text in YAML.
    expect(summary).toMatch(/^[A-Z][^:#{}[\]]+\.$|^[A-Z][^:#{}[\]]+"desk [a-z -]+"\.?.*$/);
  }
});

test('alarms fire when every process is gone, and not while all is well', () => {
  // Of Debian's package `prometheus`, which .ci/run installs.
  const { stdout, stderr, error } = spawnSync(
    'promtool',
    ['test', 'rules', 'docker/prometheus/alerts.test.yml'],
    { encoding: 'utf8' },
  );
  expect([error, stderr, stdout]).toEqual([
    undefined,
    '',
    expect.stringContaining('SUCCESS') as string,
  ]);
});

test('alarms ask for figures, and labels, that the desk tells', async () => {
  const metrics = createMetrics({
    role: 'web',
    poolSize: 1,
    securityEvents: SECURITY_EVENTS,
    gauges: GAUGES,
    read: () => Promise.resolve([]),
    cacheMs: 0,
    fileWork: { load: () => ({ waiting: 0, running: 0 }), watch: () => {} },
  });
  const families = parsePrometheus(await metrics.text());
  const labels = new Set([
    'instance',
    'job',
    'le',
    'method',
    'route',
    'status',
    'event',
    'role',
    'job',
    'outcome',
    ...Object.values(GAUGES).flatMap((gauge) => ('labels' in gauge ? gauge.labels : [])),
  ]);
  for (const { name, expr } of alarms) {
    const words = readExpr(expr).filter((token) => /^[a-z_]/.test(token));
    const unknown = words.filter(
      (word) =>
        !WORDS.has(word) &&
        !labels.has(word) &&
        !families.has(word.replace(/_(bucket|count)$/, '')) &&
        word !== 'up',
    );
    expect([name, unknown]).toEqual([name, []]);
    expect([name, words.some((word) => word === 'up' || word.startsWith('desk_'))]).toEqual([
      name,
      true,
    ]);
  }
});

test('a figure that the desk does not tell, and an open bracket, are found', () => {
  expect(() => readExpr('max(desk_up{part="files"} == 0')).toThrow('brackets');
  expect(() => readExpr('max(desk_up;)')).toThrow('not understood');
  expect(readExpr('max(desk_nothing) > 1')).toContain('desk_nothing');
});
