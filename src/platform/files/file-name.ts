import { cleanPlainLine, trimSigns } from '../base/text.ts';

const MAX_LENGTH = 120;

/**
 * Last part of a path of any system, NFC, no control characters, at most 120 characters with
 * extension. Never used as a path.
 */
export const cleanFileName = (typed: string): { name: string; extension: string } => {
  const last = typed.split(/[/\\]/).at(-1) ?? '';
  // Leading dots would hide the file, trailing ones are dropped by Windows.
  const line = trimSigns(cleanPlainLine(last), /[.\s\u200b\u200c\ufeff]/);
  const [, base = line, extension = ''] = /^(.*)\.([^.]{1,20})$/.exec(line) ?? [];
  const ending = extension && `.${extension}`;
  const room = MAX_LENGTH - [...ending].length;
  const kept = [...base].slice(0, room).join('').trim();
  return { name: `${kept || 'file'}${ending}`, extension: extension.toLowerCase() };
};
