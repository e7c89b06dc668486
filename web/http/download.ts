import { create as contentDisposition } from 'content-disposition';
import type { Context } from 'hono';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';
import { cleanPlainLine } from '../../src/platform/base/text.ts';
import type { FileContent } from '../../src/platform/files/file-store.ts';
import type { FileToSend } from '../../src/platform/files/stored-file.ts';

/** `cleanPlainLine` strips bidi controls: with them a name can show a false extension. */
export const sendFile = (c: Context, { file, content }: FileToSend): Response =>
  c.body(streamOf(content), 200, {
    'content-type': FILE_TYPES[file.type],
    'content-length': String(content.bytes),
    'content-disposition': contentDisposition(cleanPlainLine(file.name) || `file.${file.type}`),
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'accept-ranges': 'none',
  });

/** Backpressure: reads the next piece only when the connection has taken the last. */
const streamOf = (content: FileContent): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const pieces = content.pieces();
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
};

export const sendPdf = (c: Context, { name, bytes }: { name: string; bytes: Buffer }): Response =>
  c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'content-type': 'application/pdf',
    'content-disposition': contentDisposition(name),
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });

export const sendPicture = (c: Context, bytes: Buffer): Response =>
  c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'content-type': 'image/jpeg',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
