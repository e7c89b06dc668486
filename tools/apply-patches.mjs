// Applies `patches/NAME+VERSION.patch` after every `npm ci`. Plain JavaScript, because it runs in
// the middle of an installation.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { applyPatch, parsePatch, reversePatch } from 'diff';

const patchPackage = (file) => {
  const [, name, version] = /^(.+)\+(.+)\.patch$/.exec(file.replaceAll('__', '/')) ?? [];
  const folder = path.join('node_modules', name ?? '');
  const installed = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
  if (installed !== version) throw new Error(`${name} ${installed} is installed`);

  const changes = parsePatch(readFileSync(path.join('patches', file), 'utf8')).map((change) => {
    const target = path.join(folder, change.newFileName.replace(/^b\//, ''));
    const source = readFileSync(target, 'utf8');
    if (applyPatch(source, reversePatch(change)) !== false) return { target, text: source };
    const text = applyPatch(source, change);
    if (text === false) throw new Error(`${target} is not the file it was made for`);
    return { target, text };
  });
  if (changes.length === 0) throw new Error('it changes nothing');
  for (const { target, text } of changes) writeFileSync(target, text);
};

for (const file of readdirSync('patches').filter((name) => name.endsWith('.patch'))) {
  try {
    patchPackage(file);
  } catch (error) {
    process.stderr.write(`patches/${file} does not apply: ${error.message}\n`);
    process.exit(1);
  }
}
