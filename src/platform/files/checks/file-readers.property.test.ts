import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { FILE_LIMITS } from '../file-checks.ts';
import { FILE_EXTENSIONS } from '../stored-file.ts';
import type { FileType } from '../stored-file.ts';
import { createProperties, hostileText, mutate, mutations } from '../../../testing/property.ts';
import { sampleFile } from '../../../testing/sample-files.ts';
import { withBytes } from './byte-source.ts';
import { cleanFileName } from '../file-name.ts';
import { decideFileType } from './file-type.ts';
import { readOleDirectory } from './ole-directory.ts';
import { readZipDirectory, readZipEntry } from './zip-directory.ts';

const { holds } = createProperties('file-readers');
const PROBLEMS = [
  'empty',
  'content_mismatch',
  'macros',
  'encrypted',
  'too_many_pixels',
  'too_many_pages',
  'broken',
];

// Wide, for a machine that others use too: what runs in a circle never ends.
const MAX_MS = 60_000;

const good = {} as Record<FileType, { name: string; bytes: Buffer }>;
beforeAll(async () => {
  for (const type of ['docx', 'doc', 'pdf', 'jpg', 'png', 'tiff'] as const)
    good[type] = await sampleFile(type);
});

const inTime = async <Result>(read: () => Promise<Result>): Promise<Result> => {
  const begun = performance.now();
  const result = await read();
  if (performance.now() - begun > MAX_MS) throw new Error('it took too long');
  return result;
};

const isDecided = async (type: FileType, bytes: Buffer): Promise<boolean> => {
  const decision = await inTime(() => decideFileType({ fileName: good[type].name, file: bytes }));
  return decision.ok
    ? FILE_EXTENSIONS[decision.name.split('.').at(-1) ?? ''] === decision.type
    : PROBLEMS.includes(decision.problem) || decision.problem.startsWith('is_');
};

test.each([
  ['docx', 10],
  ['doc', 10],
  ['pdf', 1],
  ['jpg', 0.25],
  ['png', 0.25],
  ['tiff', 0.25],
] as const)(
  'a changed %s is decided, in bounded time, and throws nothing',
  async (type, share) => {
    await holds(
      fc.asyncProperty(mutations, (changes) => isDecided(type, mutate(good[type].bytes, changes))),
      share,
    );
  },
  120_000,
);

test('bytes after the magic number of any type are decided', async () => {
  await holds(
    fc.asyncProperty(
      fc.constantFrom('docx', 'doc', 'pdf', 'jpg', 'png', 'tiff'),
      fc.uint8Array({ maxLength: 3000 }),
      (type: FileType, tail) =>
        isDecided(type, Buffer.concat([good[type].bytes.subarray(0, 600), tail])),
    ),
    1,
  );
}, 120_000);

test('every entry of a changed zip that is listed can be asked for, within its bound', async () => {
  let listed = 0;
  await holds(
    fc.asyncProperty(mutations, async (changes) => {
      const bytes = mutate(good.docx.bytes, changes);
      return inTime(() =>
        withBytes(bytes, async (source) => {
          const directory = await readZipDirectory(source, FILE_LIMITS);
          if (!directory.ok) return true;
          for (const entry of directory.entries.values()) {
            listed += 1;
            const content = await readZipEntry(source, entry, 100_000);
            if (content !== undefined && content.length > 100_000) return false;
          }
          return true;
        }),
      );
    }),
    2,
    [[[]]],
  );
  expect(listed).toBeGreaterThan(0);
});

test('every stream of a changed OLE file can be asked for, within its bound', async () => {
  let listed = 0;
  await holds(
    fc.asyncProperty(mutations, fc.nat(10_000), async (changes, length) => {
      const bytes = mutate(good.doc.bytes, changes);
      return inTime(() =>
        withBytes(bytes, async (source) => {
          const ole = await readOleDirectory(source);
          for (const entry of ole?.root.values() ?? []) {
            listed += 1;
            const start = await ole?.readStart(entry, length);
            if (start !== undefined && start.length > length) return false;
          }
          return true;
        }),
      );
    }),
    2,
    [[[], 100]],
  );
  expect(listed).toBeGreaterThan(0);
});

test('a file name is short, on one line, in no folder, and the same when cleaned again', async () => {
  await holds(
    fc.property(
      hostileText(300),
      fc.constantFrom('', ...Object.keys(FILE_EXTENSIONS)),
      (typed, ending) => {
        const { name, extension } = cleanFileName(ending === '' ? typed : `${typed}.${ending}`);
        const again = cleanFileName(name);
        return (
          [...name].length <= 120 &&
          !/[/\\\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]|^\.|^$/.test(name) &&
          !/\p{Surrogate}/u.test(name) &&
          again.name === name &&
          again.extension === extension
        );
      },
    ),
    1,
    [['.\u200c', 'tif']],
  );
});
