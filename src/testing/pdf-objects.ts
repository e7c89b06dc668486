/** PDF files written object by object, for what no library would write. */

/** Objects as they are written, the first one the catalog; a table of places that is right. */
export const pdfOf =
  (objects: (string | Buffer)[], { trailer = '', tail = '' } = {}) =>
  (): Buffer => {
    const parts = [Buffer.from('%PDF-1.7\n')];
    const places: number[] = [];
    let at = 9;
    for (const [index, object] of objects.entries()) {
      places.push(at);
      const part = Buffer.concat([
        Buffer.from(`${index + 1} 0 obj\n`),
        Buffer.from(object as Buffer),
        Buffer.from('\nendobj\n'),
      ]);
      parts.push(part);
      at += part.length;
    }
    const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
    const size = objects.length + 1;
    parts.push(
      Buffer.from(
        `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R ${trailer}>>\nstartxref\n${at}\n%%EOF\n${tail}`,
      ),
    );
    return Buffer.concat(parts);
  };
export const pdfStream = (dictionary: string, data: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from('\nendstream'),
  ]);
