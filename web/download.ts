/** Sends a file as it was received: as an attachment that no browser opens, runs or keeps. */
import { create as contentDisposition } from 'content-disposition';
import type { Context } from 'hono';
import { FILE_TYPES } from '../src/domain/letter.ts';
import { cleanLine } from '../src/domain/text.ts';
import type { FileToSend } from '../src/usecases/desk.ts';

/** `cleanLine` takes bidi controls away: with them a name can show a false extension. */
export const sendFile = (c: Context, { file, bytes }: FileToSend): Response =>
  c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'content-type': FILE_TYPES[file.type],
    'content-disposition': contentDisposition(cleanLine(file.name) || `file.${file.type}`),
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'accept-ranges': 'none',
  });

/** Sends a PDF that the desk has printed, to be kept by whoever asked. */
export const sendPdf = (c: Context, { name, bytes }: { name: string; bytes: Buffer }): Response =>
  c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'content-type': 'application/pdf',
    'content-disposition': contentDisposition(name),
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });

/** Sends a picture that the desk has drawn of a page; shown in a page of the desk and kept nowhere. */
export const sendPicture = (c: Context, bytes: Buffer): Response =>
  c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'content-type': 'image/webp',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
