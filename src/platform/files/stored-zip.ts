import { crc32 } from 'node:zlib';

// 1980-01-01, the first day that the format knows: an archive says nothing of when it was made.
const DATE = 0x21;
const VERSION = 20;
const FLAGS = 0x800;

const fieldsOf = (name: Buffer, bytes: Buffer): Buffer => {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FLAGS, 2);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
};

/** Uncompressed and deterministic, below 4 GiB. `name` is a path with `/`. */
export const storedZip = (files: { name: string; bytes: Buffer }[]): Buffer => {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name: path, bytes } of files) {
    const name = Buffer.from(path);
    const fields = fieldsOf(name, bytes);
    const header = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, name]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002'),
        Buffer.from([VERSION, 0]),
        fields,
        place,
        name,
      ]),
    );
    local.push(header, bytes);
    offset += header.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
};
