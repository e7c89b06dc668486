import type { Preview, ShownPage } from '../../src/platform/files/preview.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { toLatinDigits } from '../../src/platform/base/digits.ts';
import { fileHref, FileLink } from '../components/file-link.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { FilePreview } from '../components/preview.tsx';
import type { View } from '../view.ts';
import { QueryFields } from './letter-forms.tsx';

/** In percent of the window's width; staff-letter.css has a rule for each. */
export const ZOOMS = [50, 75, 100, 125, 150, 200, 300] as const;
const FIT = 100;

export interface ViewerPlace {
  zoom: number;
  sheet: number;
  file: number;
}

const MAX_SHEETS = 1000;
const MAX_FILES = 99;

export const readViewerPlace = (asked: (name: string) => string | undefined): ViewerPlace => {
  const sheet = Number(toLatinDigits(asked('sheet') ?? '').trim());
  const zoom = Number(asked('zoom'));
  const file = Number(asked('file'));
  return {
    zoom: ZOOMS.find((known) => known === zoom) ?? FIT,
    sheet: Number.isInteger(sheet) && sheet >= 1 && sheet <= MAX_SHEETS ? sheet : 1,
    file: Number.isInteger(file) && file >= 1 && file <= MAX_FILES ? file : 1,
  };
};

export const viewerQuery = ({ zoom, sheet, file }: ViewerPlace): string =>
  new URLSearchParams({
    ...(zoom !== FIT && { zoom: String(zoom) }),
    ...(sheet !== 1 && { sheet: String(sheet) }),
    ...(file !== 1 && { file: String(file) }),
  }).toString();

type Drawn = Extract<Preview, { kind: 'pages' }>;

interface ViewerProps {
  view: View;
  files: [AttachedFile, ...AttachedFile[]];
  previews: Preview[];
  href: string;
  query: string;
  place: ViewerPlace;
  mayTurn: boolean;
}

interface FileProps extends Omit<ViewerProps, 'files' | 'previews'> {
  file: AttachedFile;
  preview: Preview;
}

const previewHref = (href: string, { file }: ViewerPlace): string =>
  file === 1 ? href : `${href}/files/${file}`;

const Tool = ({
  icon,
  label,
  tool,
  ...button
}: {
  icon: IconName;
  label: string;
  tool: string;
  name?: string;
  value?: string;
  formmethod?: 'post';
  formaction?: string;
  disabled?: boolean;
}) => (
  <button type="submit" class="tool" data-tool={tool} {...button}>
    <Icon name={icon} />
    <span class="tool__label">{label}</span>
  </button>
);

// Without scripts each button leads to the page anew, at the same place.
const Tools = ({ view, preview, href, query, place, mayTurn }: FileProps & { preview: Drawn }) => {
  const words = view.text.viewer;
  const at = ZOOMS.findIndex((zoom) => zoom === place.zoom);
  const last = preview.pages.length;
  const sheet = Math.min(place.sheet, last);
  return (
    <form class="viewer__tools" method="get" action={`${href}/viewer`} aria-label={words.tools}>
      <QueryFields query={query} />
      <input type="hidden" name="zoom" value={place.zoom} />
      <input type="hidden" name="file" value={place.file} />
      <div class="viewer__jump">
        <label for="sheet">{words.sheet}</label>
        <input
          id="sheet"
          name="sheet"
          class="input"
          type="text"
          inputmode="numeric"
          autocomplete="off"
          value={view.digits(sheet)}
        />
        <span>{words.of(view.digits(last))}</span>
        <button type="submit" class="tool" data-tool="jump">
          {words.jump}
        </button>
      </div>
      <div class="viewer__buttons">
        <Tool
          icon="zoomOut"
          label={words.zoomOut}
          tool="out"
          name="to"
          value={String(ZOOMS[at - 1] ?? place.zoom)}
        />
        <Tool
          icon="zoomIn"
          label={words.zoomIn}
          tool="in"
          name="to"
          value={String(ZOOMS[at + 1] ?? place.zoom)}
        />
        <Tool icon="fit" label={words.fit} tool="fit" name="to" value={String(FIT)} />
        {mayTurn && (
          <Tool
            icon="refresh"
            label={words.turn}
            tool="turn"
            formmethod="post"
            formaction={`${href}/turns`}
          />
        )}
      </div>
    </form>
  );
};

const UPRIGHT = [
  () => '',
  (_: number, height: number) => `translate(${height} 0) rotate(90)`,
  (width: number, height: number) => `translate(${width} ${height}) rotate(180)`,
  (width: number) => `translate(0 ${width}) rotate(270)`,
];

const Sheet = ({
  page: { width, height, turns },
  src,
  name,
  isFirst,
}: {
  page: ShownPage;
  src: string;
  name: string;
  isFirst: boolean;
}) => {
  if (turns === 0)
    return (
      <img
        src={src}
        alt={name}
        width={width}
        height={height}
        loading={isFirst ? 'eager' : 'lazy'}
      />
    );
  const [across, down] = turns === 2 ? [width, height] : [height, width];
  return (
    <svg viewBox={`0 0 ${across} ${down}`} width={across} height={down} role="img">
      <title>{name}</title>
      <image href={src} width={width} height={height} transform={UPRIGHT[turns]?.(width, height)} />
    </svg>
  );
};

const Pages = (props: FileProps & { preview: Drawn }) => {
  const { view, preview, place } = props;
  const href = previewHref(props.href, place);
  const words = view.text.preview;
  const total = view.digits(preview.total);
  return (
    <div class="viewer" data-preview="made" data-preview-of={href} data-zoom={place.zoom}>
      <Tools {...props} />
      <section class="viewer__window" tabindex={0} aria-labelledby="preview" data-sheets="">
        <ol class="viewer__sheets">
          {preview.pages.map((page, index) => (
            <li
              class="viewer__sheet"
              id={`sheet-${index + 1}`}
              data-sheet={index + 1}
              data-turns={page.turns}
            >
              <Sheet
                page={page}
                src={`${href}/preview/${index + 1}`}
                name={words.page(view.digits(index + 1), total)}
                isFirst={index === 0}
              />
            </li>
          ))}
        </ol>
        {preview.total > preview.pages.length && (
          <p class="muted">
            {words.more(view.digits(preview.pages.length), total)}
            {preview.missing && ` ${words.missing[preview.missing]}`}
          </p>
        )}
      </section>
    </div>
  );
};

const FileTabs = ({ view, files, href, query, place }: ViewerProps) =>
  files.length === 1 ? null : (
    <nav class="viewer__files" aria-label={view.text.viewer.files}>
      {files.map((file, index) => (
        <a
          href={`${href}?${[query, viewerQuery({ zoom: place.zoom, sheet: 1, file: index + 1 })].filter(Boolean).join('&')}`}
          aria-current={place.file === index + 1 ? 'true' : undefined}
        >
          {view.text.viewer.file(view.digits(index + 1))}
          <bdi class="viewer__name">{file.name}</bdi>
        </a>
      ))}
    </nav>
  );

export const Viewer = ({ files, previews, ...props }: ViewerProps) => {
  const { view, href, query } = props;
  const place = { ...props.place, file: Math.min(props.place.file, files.length) };
  const file = files[place.file - 1] ?? files[0];
  const preview = previews[place.file - 1] ?? { state: 'none' };
  const isPages = preview.state === 'made' && preview.kind === 'pages';
  const isSmall = preview.state === 'none' || preview.state === 'failed';
  const reload = `${href}?${[query, viewerQuery(place)].filter(Boolean).join('&')}`;
  return (
    <div class="document no-print" data-viewer="">
      <h2 id="preview" class="out-of-sight">
        {view.text.preview.heading}
      </h2>
      <FileTabs {...props} {...{ files, previews, place }} />
      {isPages ? (
        <Pages {...props} {...{ file, place, preview }} />
      ) : (
        <div class="card">
          <FilePreview {...{ view, file, preview, reload }} href={previewHref(href, place)} />
          {isSmall && <FileLink view={view} file={file} href={fileHref(href, place.file)} />}
        </div>
      )}
      <script type="module" src={view.paths.viewer} />
    </div>
  );
};
