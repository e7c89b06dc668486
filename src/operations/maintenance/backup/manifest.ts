import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ArchiveReader, ArchiveWriter, FoundPart } from './archive.ts';
import { damaged } from './archive.ts';

const MANIFEST = 'manifest.json';
const SEAL = 'manifest.seal';
const MAX_MANIFEST_BYTES = 2 ** 30;

const count = z.number().int().nonnegative();
const hex = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.strictObject({
  format: z.literal('pishkhan backup 1'),
  holds: z.enum(['record', 'keys']),
  id: z.uuid(),
  madeAt: z.iso.datetime(),
  migrations: z.array(z.strictObject({ name: z.string(), sha256: hex })),
  tables: z.array(z.strictObject({ name: z.string(), columns: z.array(z.string()), rows: count })),
  sequences: z.array(z.strictObject({ table: z.string(), column: z.string(), last: count })),
  checkpoints: z.array(
    z.strictObject({
      at: z.string(),
      register: z.string(),
      year: count,
      serial: count,
      hash: z.string(),
    }),
  ),
  letters: count,
  files: count,
  missing: z.array(z.string()),
  parts: z.array(z.strictObject({ name: z.string(), bytes: count, sha256: hex })),
});

export type Manifest = z.infer<typeof manifestSchema>;

const sealSchema = z.strictObject({ sha256: hex, key: z.string(), hmac: hex });
export type ManifestSeal = z.infer<typeof sealSchema>;

const keyId = (key: Buffer): string =>
  createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8);

export const addManifest = async (
  archive: ArchiveWriter,
  manifest: Manifest,
  key: Buffer,
): Promise<void> => {
  const bytes = Buffer.from(`${JSON.stringify(manifestSchema.parse(manifest), null, 1)}\n`);
  await archive.add(MANIFEST, [bytes]);
  const seal: ManifestSeal = {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    key: keyId(key),
    hmac: createHmac('sha256', key).update(bytes).digest('hex'),
  };
  await archive.add(SEAL, [Buffer.from(`${JSON.stringify(seal)}\n`)]);
};

const collect = async (archive: ArchiveReader, part: FoundPart): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of archive.read(part)) pieces.push(piece);
  return Buffer.concat(pieces);
};

export interface CheckedArchive {
  archive: ArchiveReader;
  manifest: Manifest;
  sealedBy(keys: Buffer[]): 'this desk' | 'another secret' | 'changed';
  find(name: string): FoundPart | undefined;
}

export const checkArchive = async (
  archive: ArchiveReader,
  progress: (bytes: number) => void = () => {},
): Promise<CheckedArchive> => {
  const { file } = archive;
  const [manifestPart, sealPart] = archive.parts.slice(-2);
  if (manifestPart?.name !== MANIFEST || sealPart?.name !== SEAL)
    throw damaged(file, 'its list of contents is not at its end, or it is no backup of a desk');
  if (manifestPart.bytes > MAX_MANIFEST_BYTES) throw damaged(file, `${MANIFEST} is too large`);
  const bytes = await collect(archive, manifestPart);
  const seal = parse(sealSchema, await collect(archive, sealPart));
  if (seal === undefined || createHash('sha256').update(bytes).digest('hex') !== seal.sha256)
    throw damaged(file, `${MANIFEST} or ${SEAL} is not what was written`);
  const manifest = parse(manifestSchema, bytes);
  if (!manifest) throw damaged(file, `${MANIFEST} is of another form than this version knows`);

  const found = archive.parts.slice(0, -2);
  const listed = manifest.parts;
  for (const [index, part] of found.entries())
    if (listed[index]?.name !== part.name || listed[index].bytes !== part.bytes)
      throw damaged(file, `${part.name} is not what stands at its place in ${MANIFEST}`);
  if (listed.length > found.length)
    throw damaged(file, `${listed[found.length]?.name} is not in it`);
  let read = 0;
  for (const [index, part] of found.entries()) {
    const hash = createHash('sha256');
    for await (const piece of archive.read(part)) {
      hash.update(piece);
      read += piece.length;
      progress(read);
    }
    if (hash.digest('hex') !== listed[index]?.sha256)
      throw damaged(file, `${part.name} is not what was written`);
  }
  const byName = new Map(found.map((part) => [part.name, part]));
  return {
    archive,
    manifest,
    find: (name) => byName.get(name),
    sealedBy(keys) {
      const key = keys.find((one) => keyId(one) === seal.key);
      if (!key) return 'another secret';
      const expected = createHmac('sha256', key).update(bytes).digest();
      return timingSafeEqual(expected, Buffer.from(seal.hmac, 'hex')) ? 'this desk' : 'changed';
    },
  };
};

const parse = <Schema extends z.ZodType>(
  schema: Schema,
  bytes: Buffer,
): z.infer<Schema> | undefined => {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
};
