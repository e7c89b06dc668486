import { isOpen } from '../../src/platform/files/file-checks.ts';
import type { Preview } from '../../src/platform/files/preview.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import type { View } from '../view.ts';
import { Icon } from './icon.tsx';
import { NoticeBox } from './notice.tsx';

export interface PreviewProps {
  view: View;
  file: AttachedFile;
  preview: Preview;
  href: string;
  reload: string;
  folded?: boolean;
}

type Made<Kind> = Extract<Preview, { kind: Kind }>;

const Pages = ({
  view,
  preview,
  href,
  folded = false,
}: Pick<PreviewProps, 'view' | 'href' | 'folded'> & { preview: Made<'pages'> }) => {
  const words = view.text.preview;
  const total = view.digits(preview.total);
  return (
    <div class="preview" data-preview="made" data-preview-of={href}>
      <ol>
        {preview.pages.map(({ width, height }, index) => (
          <li>
            <a class="preview__page" href={`${href}/preview/${index + 1}`}>
              <img
                src={`${href}/preview/${index + 1}`}
                alt={words.page(view.digits(index + 1), total)}
                width={width}
                height={height}
                loading={index === 0 && !folded ? 'eager' : 'lazy'}
              />
            </a>
          </li>
        ))}
      </ol>
      {preview.total > preview.pages.length && (
        <p class="muted">
          {words.more(view.digits(preview.pages.length), total)}
          {preview.missing && ` ${words.missing[preview.missing]}`}
        </p>
      )}
    </div>
  );
};

// More would push what follows too far down.
const FIRST_LINES = 12;

const Paragraphs = ({ lines }: { lines: string[] }) => (
  <>
    {lines.map((line) => (
      <p dir="auto">{line}</p>
    ))}
  </>
);

// Says plainly that this is not how the file looks.
const DocumentText = ({
  view,
  preview,
  href,
}: Pick<PreviewProps, 'view' | 'href'> & { preview: Made<'text'> }) => {
  const words = view.text.preview;
  const lines = preview.text.split('\n');
  const [first, rest] = [lines.slice(0, FIRST_LINES), lines.slice(FIRST_LINES)];
  return (
    <div class="preview" data-preview="made" data-preview-of={href}>
      <p class="muted">{preview.text === '' ? words.noText : words.plain}</p>
      {preview.text !== '' && (
        <div class="preview__text">
          <Paragraphs lines={first} />
          {rest.length > 0 && (
            <details class="fold">
              <summary>{words.rest}</summary>
              <Paragraphs lines={rest} />
            </details>
          )}
        </div>
      )}
      {preview.cut && <p class="muted">{words.cut}</p>}
    </div>
  );
};

export const FilePreview = ({ view, file, preview, href, reload, folded }: PreviewProps) => {
  const words = view.text.preview;
  if (preview.state === 'none')
    return isOpen(file) ? (
      <p class="muted" data-preview="none" data-preview-of={href}>
        {words.none}
      </p>
    ) : null;
  if (preview.state === 'failed')
    return (
      <div data-preview="failed" data-preview-of={href}>
        <NoticeBox tone="warning">
          {preview.why === 'costly' ? words.costly : words.failed}
        </NoticeBox>
      </div>
    );
  if (preview.state === 'asked')
    return (
      <div class="preview-frame">
        <div class="preview-room" data-preview-room={words.ready}>
          <div data-preview="asked" data-preview-of={href}>
            <NoticeBox tone="info" icon="clock">
              {words.asked}
            </NoticeBox>
            <p>
              <a class="button button--small" href={reload} data-preview-all={words.all}>
                <Icon name="refresh" />
                <span>{words.reload}</span>
              </a>
            </p>
          </div>
          <p class="out-of-sight" role="status" />
          <script type="module" src={view.paths.preview} />
        </div>
      </div>
    );
  return preview.kind === 'pages' ? (
    <Pages view={view} preview={preview} href={href} {...(folded && { folded })} />
  ) : (
    <DocumentText view={view} preview={preview} href={href} />
  );
};
