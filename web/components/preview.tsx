import { isOpen } from '../../src/domain/file-checks.ts';
import type { Preview } from '../../src/domain/preview.ts';
import type { AttachedFile } from '../../src/usecases/desk.ts';
import type { View } from '../view.ts';
import { Icon } from './icon.tsx';
import { NoticeBox } from './notice.tsx';

interface PreviewProps {
  view: View;
  file: AttachedFile;
  preview: Preview;
  /** Of the letter; its pictures are below it. */
  href: string;
  /** Address of the page itself, to be loaded anew while the pictures are being made. */
  reload: string;
}

/** The pages of a letter's file as pictures; or plainly why there are none. */
export const PreviewPages = ({ view, file, preview, href, reload }: PreviewProps) => {
  const words = view.text.preview;
  if (preview.state === 'none')
    return isOpen(file) ? (
      <p class="muted" data-preview="none">
        {words.none}
      </p>
    ) : null;
  if (preview.state === 'failed')
    return (
      <div data-preview="failed">
        <NoticeBox tone="warning">{words.failed}</NoticeBox>
      </div>
    );
  if (preview.state === 'asked')
    return (
      <div data-preview="asked" aria-live="polite">
        <NoticeBox tone="info" icon="clock">
          {words.asked}
        </NoticeBox>
        <p>
          <a class="button button--small" href={reload}>
            <Icon name="refresh" />
            {words.reload}
          </a>
        </p>
        <script type="module" src={view.paths.preview} />
      </div>
    );
  const total = view.digits(preview.total);
  return (
    <div class="preview" data-preview="made">
      <ol>
        {preview.pages.map(({ width, height }, index) => (
          <li>
            <a class="preview__page" href={`${href}/preview/${index + 1}`}>
              <img
                src={`${href}/preview/${index + 1}`}
                alt={words.page(view.digits(index + 1), total)}
                width={width}
                height={height}
                loading={index === 0 ? 'eager' : 'lazy'}
              />
            </a>
          </li>
        ))}
      </ol>
      {preview.total > preview.pages.length && (
        <p class="muted">{words.more(view.digits(preview.pages.length), total)}</p>
      )}
    </div>
  );
};
