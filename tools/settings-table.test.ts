import { expect, test } from 'vitest';
import { envExample, settingsTable, withTable } from './settings-table.ts';

const settings = [
  { name: 'PORT', default: '3000', doc: 'where it listens' },
  { name: 'GREETING', default: 'سازمان نمونه', doc: 'name: a|b' },
  { name: 'SECRET_KEY', default: '', doc: 'the master secret' },
];

test('the table has a line per setting, and no default for one that is unset', () => {
  expect(settingsTable(settings).split('\n')).toEqual([
    '| name | default | meaning |',
    '|---|---|---|',
    '| `PORT` | `3000` | where it listens |',
    '| `GREETING` | `سازمان نمونه` | name: a\\|b |',
    '| `SECRET_KEY` |  | the master secret |',
  ]);
});

test('the example sets nothing, and quotes a value with a space', () => {
  const lines = envExample(settings).split('\n');
  expect(lines.every((line) => line === '' || line.startsWith('# '))).toBe(true);
  expect(lines).toContain('# GREETING="سازمان نمونه"');
});

test('the table replaces what stood between its markers and nothing else', () => {
  const begin = '<!-- settings: written by tools/settings-table.ts -->';
  const document = `before\n${begin}\nold\n<!-- /settings -->\nafter\n`;
  expect(withTable(document, 'new')).toBe(`before\n${begin}\nnew\n<!-- /settings -->\nafter\n`);
  expect(() => withTable('no markers', 'new')).toThrow('no place');
});
