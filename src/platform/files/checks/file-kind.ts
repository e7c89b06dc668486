import type { FileLimits } from '../file-checks.ts';
import type { FileType } from '../stored-file.ts';
import type { ByteSource } from './byte-source.ts';
import { OLE_MAGIC, readOleDirectory } from './ole-directory.ts';
import { findPdfHead } from './pdf-frame.ts';
import { readZipDirectory } from './zip-directory.ts';

export type ConvertedKind = 'heif' | 'webp';

export type OtherKind =
  | 'rtf'
  | 'open_document'
  | 'spreadsheet'
  | 'presentation'
  | 'pages'
  | 'other_document'
  | 'other_picture'
  | 'media'
  | 'archive'
  | 'web_page'
  | 'email'
  | 'text';

export type FileKind = FileType | ConvertedKind | OtherKind | 'unknown';

const HEAD_BYTES = 4096;

// In order of precedence; each character is one byte.
const HEADS: readonly (readonly [FileKind, RegExp])[] = [
  ['jpg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n\x1a\n/],
  // Of either byte order, and BigTIFF.
  ['tiff', /^(?:II[*+]\0|MM\0[*+])/],
  ['webp', /^RIFF[^]{4}WEBP/],
  ['other_picture', /^[^]{4}ftyp(?:avi[fs]|mif1(?:[^]{4}){1,8}?avif)/],
  ['heif', /^[^]{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif[12]|msf1)/],
  ['media', /^(?:[^]{4}ftyp|RIFF|ID3|OggS|fLaC|#!AMR|\x1aE\xdf\xa3|\xff[\xf2\xf3\xfb])/],
  ['other_picture', /^(?:GIF8|BM[^]{4}\0\0\0\0|8BPS|\0\0\x01\0|\xff\x0a|[^]{4}(?:jP {2}|JXL ))/],
  ['archive', /^(?:Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ)/],
  ['rtf', /^\s*\{\\rt/],
  ['unknown', /^(?:MZ|\x7fELF|\xca\xfe\xba\xbe|#!)/],
];

const TEXT_HEADS: readonly (readonly [FileKind, RegExp])[] = [
  ['other_document', /<\?mso-application|<w:wordDocument|<pkg:package|^%!PS/],
  ['other_picture', /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)?(?:<!DOCTYPE svg[^>]*>\s*)?<svg/i],
  ['web_page', /^\s*(?:<!doctype html|<html|<head|<meta|<body|<script)/i],
  ['web_page', /^(?:MIME-Version|From|Subject):[^]*multipart\/related/i],
  ['email', /^(?:Received|Return-Path|Delivered-To|MIME-Version|Message-ID|From|X-[\w-]+):/i],
];

const kindOfHead = (text: string, heads: typeof HEADS): FileKind | undefined =>
  heads.find(([, head]) => head.test(text))?.[0];

export const kindOfFile = async (
  source: ByteSource,
  limits: Pick<FileLimits, 'zipEntries' | 'unpackedBytes' | 'zipRatio'>,
): Promise<FileKind> => {
  const head = await source.read(0, HEAD_BYTES);
  const bytes = head.toString('latin1');
  if (head.subarray(0, OLE_MAGIC.length).equals(OLE_MAGIC)) return kindOfOle(source);
  if (bytes.startsWith('PK\u0003\u0004')) return kindOfZip(source, bytes, limits);
  const kind = kindOfHead(bytes, HEADS);
  if (kind) return kind;
  // Behind whatever a server or a mail program has put before it.
  if ((await findPdfHead(source)) !== undefined) return 'pdf';
  const text = textOf(head);
  return text === undefined ? 'unknown' : (kindOfHead(text, TEXT_HEADS) ?? 'text');
};

const textOf = (head: Buffer): string | undefined => {
  const mark = head.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff')
    return new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(head);
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  return [...text].some((sign) => sign < ' ' && !/\s/.test(sign)) ? undefined : text;
};

const kindOfOle = async (source: ByteSource): Promise<FileKind> => {
  const root = (await readOleDirectory(source))?.root;
  // What cannot be read is told as a broken document.
  if (!root || root.has('worddocument')) return 'doc';
  // Office keeps a document with a password as an OLE file, whatever it is called.
  if (root.has('encryptedpackage')) return 'docx';
  if (root.has('workbook') || root.has('book')) return 'spreadsheet';
  if (root.has('powerpoint document')) return 'presentation';
  return root.has('__properties_version1.0') ? 'email' : 'other_document';
};

const kindOfZip = async (
  source: ByteSource,
  head: string,
  limits: Parameters<typeof kindOfFile>[1],
): Promise<FileKind> => {
  const directory = await readZipDirectory(source, limits);
  // Whether it is cut, locked or a bomb is told with the document.
  if (!directory.ok) return /\[Content_Types\]\.xml|word\//i.test(head) ? 'docx' : 'archive';
  const names = [...directory.entries.keys()];
  const holds = (part: RegExp): boolean => names.some((name) => part.test(name));
  if (directory.entries.has('[content_types].xml')) {
    if (holds(/^word\//)) return 'docx';
    if (holds(/^xl\//)) return 'spreadsheet';
    return holds(/^ppt\//) ? 'presentation' : 'other_document';
  }
  if (holds(/\.iwa$/)) return 'pages';
  if (holds(/^meta-inf\/manifest\.xml$/) && holds(/^mimetype$/)) return 'open_document';
  return holds(/^content\.xml$/) && holds(/^mimetype$/) ? 'open_document' : 'archive';
};
