// Icons are decorative: the text beside them says everything, so they are hidden from screen
// readers.
import { readFileSync } from 'node:fs';
import { raw } from 'hono/html';

// Files in `web/icons`, unchanged from Lucide (licence beside them).
const DRAWINGS = {
  alert: 'triangle-alert',
  back: 'arrow-left',
  building: 'building-2',
  camera: 'camera',
  check: 'circle-check',
  clock: 'clock',
  close: 'x',
  cross: 'circle-x',
  download: 'download',
  external: 'external-link',
  eye: 'eye',
  file: 'file-text',
  fit: 'move-horizontal',
  forward: 'arrow-right',
  help: 'circle-question-mark',
  inbox: 'inbox',
  info: 'info',
  key: 'key-round',
  keyboard: 'keyboard',
  lock: 'lock',
  message: 'mail',
  minus: 'circle-minus',
  pencil: 'pencil',
  phone: 'phone',
  plus: 'plus',
  refresh: 'rotate-cw',
  remove: 'trash-2',
  reply: 'message-square-text',
  search: 'search',
  send: 'send',
  shield: 'shield-check',
  undo: 'undo-2',
  upload: 'upload',
  user: 'user-round',
  zoomIn: 'zoom-in',
  zoomOut: 'zoom-out',
} as const;

export type IconName = keyof typeof DRAWINGS;

export const ICON_NAMES = Object.keys(DRAWINGS) as IconName[];

// Mirrored on a right-to-left page.
const DIRECTIONAL: ReadonlySet<IconName> = new Set([
  'back',
  'external',
  'forward',
  'reply',
  'send',
  'undo',
]);

const shapesOf = (drawing: string): string => {
  const svg = readFileSync(new URL(`../icons/${drawing}.svg`, import.meta.url), 'utf8');
  return svg
    .slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'))
    .replace(/\s*\n\s*/g, '');
};

const SHAPES = Object.fromEntries(
  Object.entries(DRAWINGS).map(([name, drawing]) => [name, shapesOf(drawing)]),
) as Record<IconName, string>;

export const Icon = ({ name }: { name: IconName }) => (
  <svg
    class={DIRECTIONAL.has(name) ? 'icon icon--directional' : 'icon'}
    viewBox="0 0 24 24"
    width="20"
    height="20"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    {raw(SHAPES[name])}
  </svg>
);
