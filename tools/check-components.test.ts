import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareVersions, DAYS_TO_MEND, readAudit, report } from './check-components.ts';

const NONE = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} });
const FOUND = JSON.stringify({
  vulnerabilities: {
    busboy: {
      severity: 'critical',
      via: [{ title: 'Crash on a cut form' }],
      fixAvailable: { name: 'busboy', version: '2' },
    },
    parent: { severity: 'moderate', via: ['busboy'], fixAvailable: false },
  },
});
const REFUSED = JSON.stringify({ message: '405 Method Not Allowed', error: { summary: '' } });

test('a registry that does not answer is said to be unknown, never to be well', () => {
  for (const output of ['', 'not json', REFUSED, '{}']) {
    const { lines, code } = report(readAudit(output), compareVersions({}, new Map()));
    expect(code).toBe(2);
    expect(lines[0]).toMatch(/NOT KNOWN/);
  }
  const { lines, code } = report(
    readAudit(NONE),
    compareVersions({ hono: '4.13.19' }, new Map([['hono', undefined]])),
  );
  expect([lines, code]).toEqual([
    [
      'Vulnerabilities: none known.',
      'Newer versions: NOT KNOWN, the registry could not be asked (nothing is said of hono).',
    ],
    2,
  ]);
});

test('what is known against a component fails, with the days that are left for it', () => {
  const { lines, code } = report(readAudit(FOUND), compareVersions({}, new Map()));
  expect(code).toBe(1);
  expect(lines).toEqual([
    'critical: busboy: Crash on a cut form (update within 3 days)',
    'moderate: parent: by busboy (no update yet, judge within 30 days)',
  ]);
});

test('newer versions are named, the next major too, and are no fault', () => {
  const newer = compareVersions(
    { hono: '4.13.19', zod: '4.6.7' },
    new Map([
      ['hono', '5.0.0'],
      ['zod', '4.6.7'],
    ]),
  );
  expect(report(readAudit(NONE), newer)).toEqual({
    lines: ['Vulnerabilities: none known.', 'newer: hono 4.13.19 -> 5.0.0'],
    code: 0,
  });
});

test('the time frames are those that the security page promises', () => {
  const page = readFileSync('docs/security.md', 'utf8');
  const promised = [...page.matchAll(/^\| (critical|high|moderate|low) \| (\d+) days \|/gm)].map(
    ([, severity = '', days]) => [severity, Number(days)],
  );
  expect(promised).toEqual(Object.entries(DAYS_TO_MEND));
});
