/**
 * Finds parts of a DOCX that a program would load, run or include on opening. Searches the XML as
 * text and never parses it, so that nothing is resolved.
 */
import type { FileFlag } from '../file-checks.ts';
import type { ByteSource } from './byte-source.ts';
import { walkZipEntry } from './zip-directory.ts';
import type { ZipEntry } from './zip-directory.ts';

export type DocxFindings = { flags: FileFlag[] } | { problem: 'broken' | 'macros' | 'too_complex' };

const MAX_TEXT = 1024 * 1024;
const MAX_FIELD_PIECES = 50_000;
// A book with a picture or a link in every line has fewer.
const MAX_RELATIONSHIPS = 100_000;

// No search may look twice at a stretch of text, however long: in XML no tag holds another `<`.
const RELATIONSHIP = /<(?:[\w.-]+:)?Relationship\b[^<>]*>/g;
// Field commands stand in runs of text, or in one attribute.
const FIELD_TEXT =
  /<(?:[\w.-]+:)?instrText\b[^<>]*>([^<]*)|\binstr\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

export const inspectDocx = async (
  source: ByteSource,
  entries: Map<string, ZipEntry>,
): Promise<DocxFindings> => {
  const flags = new Set<FileFlag>();
  let hasMacros = false;
  let relationships = 0;
  for (const [name, entry] of entries) {
    if (/\/(?:embeddings|activex)\//.test(name)) flags.add('embedded_objects');
    if (/\.(?:zip|docx?|xlsx?|html?|mht|rtf|exe|js|vbs)$/.test(name)) flags.add('embedded_objects');
    if (!/\.(?:xml|rels)$/.test(name)) continue;
    const fields: string[] = [];
    const isRead = await walkText(source, entry, (text) => {
      if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) flags.add('xml_entities');
      for (const [tag] of text.matchAll(RELATIONSHIP)) {
        relationships += 1;
        if (relationships > MAX_RELATIONSHIPS) return;
        for (const found of judgeRelationship(tag))
          if (found === 'macros') hasMacros = true;
          else flags.add(found);
      }
      for (const [, ...runs] of text.matchAll(FIELD_TEXT))
        if (fields.length < MAX_FIELD_PIECES) fields.push(runs.find(Boolean) ?? '');
    });
    if (!isRead) return { problem: 'broken' };
    if (relationships > MAX_RELATIONSHIPS) return { problem: 'too_complex' };
    if (name.endsWith('.xml')) judgeFields(fields, flags);
  }
  return hasMacros ? { problem: 'macros' } : { flags: [...flags].sort() };
};

// Each piece ends before a tag, so that no tag is split.
const walkText = async (
  source: ByteSource,
  entry: ZipEntry,
  search: (text: string) => void,
): Promise<boolean> => {
  let carried = '';
  const isWhole = await walkZipEntry(source, entry, (piece) => {
    // What is looked for is ASCII: so UTF-16 of either order reads the same without its zeros.
    const text = carried + piece.toString('latin1').replaceAll('\0', '');
    const tag = text.lastIndexOf('<');
    const end = tag < text.length - MAX_TEXT ? text.length : tag;
    search(text.slice(0, end));
    carried = text.slice(end);
  });
  search(carried);
  return isWhole;
};

const plain = (text: string): string =>
  text.replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_, hex: string, decimal: string) => {
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code < 0x80 ? String.fromCharCode(code) : '?';
  });

const attribute = (tag: string, name: string): string => {
  const [, double, single] =
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag) ?? [];
  return plain(double ?? single ?? '');
};

const OBJECTS = ['oleobject', 'package', 'control', 'activexcontrolbinary'];

const isLocal = (target: string): boolean => {
  let path = target;
  try {
    path = decodeURIComponent(target);
  } catch {
    // It is looked at as it stands.
  }
  path = path.trim().replaceAll('\\', '/');
  if (!/^file:/i.test(path))
    return /^[a-z]:\//i.test(path) || !/^(?:\/\/|[a-z][a-z\d+.-]*:)/i.test(path);
  // `file:///C:/…`, and not `file://server/…` or `file:////server/…`.
  const [slashes = ''] = /^\/*/.exec(path.replace(/^file:(?:\/\/localhost(?=\/))?/i, '')) ?? [];
  return [0, 1, 3].includes(slashes.length);
};

const judgeRelationship = (tag: string): (FileFlag | 'macros')[] => {
  const kind = attribute(tag, 'Type').split('/').at(-1)?.toLowerCase() ?? '';
  const mode = attribute(tag, 'TargetMode');
  const target = attribute(tag, 'Target');
  // A link in the text is followed by who reads it; everything else as the file is opened.
  const isLink = kind === 'hyperlink' && /^(?:https?:\/\/|mailto:|tel:)/i.test(target);
  const isOutside = mode !== '' && mode !== 'Internal' && !isLink && !isLocal(target);
  return [
    ...(kind === 'vbaproject' ? (['macros'] as const) : []),
    ...(isOutside ? (['external_links'] as const) : []),
    ...(kind === 'afchunk' ? (['foreign_parts'] as const) : []),
    ...(OBJECTS.includes(kind) ? (['embedded_objects'] as const) : []),
  ];
};

// One command may be split over many runs.
const judgeFields = (fields: string[], flags: Set<FileFlag>): void => {
  const joined = plain(fields.join(''));
  if (/DDEAUTO/i.test(joined) || /(?:^|[^a-z])DDE(?:[^a-z]|$)/i.test(joined))
    flags.add('field_commands');
  const loads = /INCLUDE(?:PICTURE|TEXT)|\bLINK\b|\bRD\b/i.test(joined);
  if (loads && /https?:|file:|ftp:|\\\\/i.test(joined)) flags.add('external_links');
};
