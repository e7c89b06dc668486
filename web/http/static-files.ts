/**
 * Built at start, and anew when the organisation changes, under names with a content hash, so that browsers may cache them for ever. A
 * fixed list: no path of a request reaches the disk.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { brandShades, parseColour, type Shades } from '../../src/platform/base/colour.ts';
import { DEFAULT_COLOUR, type Identity } from '../identity.ts';
import { manifestOf } from './manifest.ts';
import { allStyles, pageStyle, themesForShow } from './styles.ts';
import type { Catalogues } from '../text/languages.ts';

export type Encoding = 'br' | 'gzip';

export interface StaticFile {
  type: string;
  body: Uint8Array<ArrayBuffer>;
  encoded: ((encoding: Encoding) => Uint8Array<ArrayBuffer>) | undefined;
  policy: string | undefined;
}

export interface StaticFiles {
  paths: {
    style: string;
    themes: string;
    staffLetterStyle: string;
    font: string;
    icon: string;
    iconType: string;
    touchIcon: string | undefined;
    logo: string | undefined;
    manifests: Record<string, string>;
    proof: string;
    proofWorker: string;
    code: string;
    session: string;
    sendForm: string;
    passkey: string;
    live: string;
    deskNews: string;
    preview: string;
    deskKeys: string;
    staffLetter: string;
    viewer: string;
    bulk: string;
    wordingPreview: string;
    verify: string;
  };
  find(path: string): StaticFile | undefined;
}

const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
// A change is shown twice: before its pictures are drawn, and after.
const KEPT_IDENTITIES = 6;
const COMPRESSED = /^(text\/|application\/manifest|image\/svg)/;

const bytes = (content: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(content);

const compressions = (content: Uint8Array): StaticFile['encoded'] => {
  const made = new Map<Encoding, Uint8Array<ArrayBuffer>>();
  return (encoding) => {
    const known = made.get(encoding);
    if (known) return known;
    const result = bytes(
      encoding === 'br' ? brotliCompressSync(content) : gzipSync(content, { level: 9 }),
    );
    made.set(encoding, result);
    return result;
  };
};

const shadesCss = ({ brand, brandStrong, link }: Shades): string =>
  `--brand: ${brand}; --brand-strong: ${brandStrong}; --link: ${link};`;

type Add = (name: string, extension: string, type: string, content: Uint8Array) => string;

const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

const bytesOf = (content: string): Buffer => Buffer.from(content, 'utf8');

const readPublic = (name: string): Buffer =>
  readFileSync(new URL(`../public/${name}`, import.meta.url));

const addStyles = (add: Add, identity: Identity) => {
  const font = add(
    'vazirmatn',
    'woff2',
    'font/woff2',
    readFileSync(new URL('../fonts/vazirmatn.woff2', import.meta.url)),
  );
  const colour = parseColour(identity.colour) ?? parseColour(DEFAULT_COLOUR);
  if (!colour) throw new Error('the default colour is none');
  const shades = brandShades(colour);
  const own = { light: shadesCss(shades.light), dark: shadesCss(shades.dark) };
  const css = allStyles(own).replaceAll('vazirmatn.woff2', font);
  return {
    font,
    style: add('desk', 'css', CSS, bytesOf(css)),
    staffLetterStyle: add('staff-letter', 'css', CSS, bytesOf(pageStyle('staff-letter'))),
    themes: add('themes', 'css', CSS, bytesOf(themesForShow(own))),
  };
};

const addPictures = (add: Add, identity: Identity, catalogues: Catalogues) => {
  const { logo, touchIcon } = identity;
  const emblem = bytesOf(
    readPublic('icon.svg').toString('utf8').replaceAll(DEFAULT_COLOUR, identity.colour),
  );
  const logoPath = logo && add('logo', 'png', 'image/png', logo.body);
  const icon = logoPath ?? add('icon', 'svg', 'image/svg+xml', emblem);
  const iconType = logo ? 'image/png' : 'image/svg+xml';
  const icons = identity.icons.map(({ body, size, maskable }) => ({
    src: add(`icon-${size}${maskable ? '-maskable' : ''}`, 'png', 'image/png', body),
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose: maskable ? 'maskable' : 'any',
  }));
  const scalable = { src: icon, sizes: 'any', type: iconType, purpose: 'any' };
  const shown = logo ? icons : [...icons, scalable];
  const manifests = Object.fromEntries(
    Object.values(catalogues).map((catalogue) => {
      const { code } = catalogue.language;
      const content = bytesOf(manifestOf(catalogue, identity, shown));
      return [code, add(`manifest-${code}`, 'webmanifest', 'application/manifest+json', content)];
    }),
  );
  return {
    icon,
    iconType,
    touchIcon: touchIcon && add('touch-icon', 'png', 'image/png', touchIcon.body),
    logo: logoPath,
    manifests,
  };
};

const addScripts = (add: Add) => {
  const deskAnswer = add('desk-answer', 'js', SCRIPT, readPublic('desk-answer.js'));
  const liveLine = add('live-line', 'js', SCRIPT, readPublic('live-line.js'));
  const script = (file: string): string => {
    const content = readPublic(`${file}.js`)
      .toString('utf8')
      .replace('./desk-answer.js', deskAnswer)
      .replace('./live-line.js', liveLine);
    return add(file, 'js', SCRIPT, bytesOf(content));
  };
  return {
    proof: script('proof'),
    proofWorker: script('proof-worker'),
    code: script('code'),
    session: script('session'),
    sendForm: script('send-form'),
    live: script('live'),
    deskNews: script('desk-news'),
    passkey: script('passkey'),
    preview: script('preview'),
    deskKeys: script('desk-keys'),
    staffLetter: script('staff-letter'),
    viewer: script('viewer'),
    bulk: script('bulk'),
    wordingPreview: script('wording-preview'),
    verify: script('verify'),
  };
};

export const loadStaticFiles = (
  identityNow: () => Identity,
  catalogues: Catalogues,
): StaticFiles => {
  const files = new Map<string, StaticFile>();
  let added = new Set<string>();
  const add: Add = (name, extension, type, content) => {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
    const path = `/assets/${name}-${hash}.${extension}`;
    added.add(path);
    if (files.has(path)) return path;
    files.set(path, {
      type,
      body: bytes(content),
      encoded: COMPRESSED.test(type) ? compressions(content) : undefined,
      policy: type === 'image/svg+xml' ? PICTURE_POLICY : undefined,
    });
    return path;
  };
  const scripts = addScripts(add);
  const ofScripts = added;
  // The files of the last identities stay: pages that are open name them.
  let kept: Set<string>[] = [];
  const pathsOf = (identity: Identity): StaticFiles['paths'] => {
    added = new Set();
    const ofIdentity = { ...addStyles(add, identity), ...addPictures(add, identity, catalogues) };
    kept = [...kept, added].slice(-KEPT_IDENTITIES);
    for (const path of files.keys())
      if (![ofScripts, ...kept].some((one) => one.has(path))) files.delete(path);
    return { ...ofIdentity, ...scripts };
  };
  let identity = identityNow();
  let paths = pathsOf(identity);
  const pathsNow = (): StaticFiles['paths'] => {
    const now = identityNow();
    if (now !== identity) [identity, paths] = [now, pathsOf(now)];
    return paths;
  };
  return {
    get paths() {
      return pathsNow();
    },
    find(path) {
      pathsNow();
      return files.get(path);
    },
  };
};
