/**
 * Style, scripts, font and icon, read once at start and served under names that hold a hash of their
 * content, so a browser may keep them for ever. A fixed list: no path of a request reaches the disk.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface StaticFile {
  type: string;
  body: Uint8Array<ArrayBuffer>;
}

export interface StaticFiles {
  paths: { style: string; font: string; icon: string; proof: string; proofWorker: string };
  find(path: string): StaticFile | undefined;
}

const FONT = 'vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2';

export const loadStaticFiles = (): StaticFiles => {
  const files = new Map<string, StaticFile>();
  const add = (name: string, extension: string, type: string, content: Uint8Array): string => {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
    const path = `/assets/${name}-${hash}.${extension}`;
    files.set(path, { type, body: new Uint8Array(content) });
    return path;
  };
  const ours = (name: string): Buffer => readFileSync(new URL(`./public/${name}`, import.meta.url));

  const font = add(
    'vazirmatn',
    'woff2',
    'font/woff2',
    readFileSync(createRequire(import.meta.url).resolve(FONT)),
  );
  const icon = add('icon', 'svg', 'image/svg+xml', ours('icon.svg'));
  const css = ours('desk.css').toString('utf8').replaceAll('vazirmatn.woff2', font);
  const style = add('desk', 'css', 'text/css; charset=utf-8', Buffer.from(css));
  const script = (file: string): string =>
    add(file, 'js', 'text/javascript; charset=utf-8', ours(`${file}.js`));
  const [proof, proofWorker] = [script('proof'), script('proof-worker')];
  return { paths: { style, font, icon, proof, proofWorker }, find: (path) => files.get(path) };
};
