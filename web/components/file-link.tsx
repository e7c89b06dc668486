import { isOpen } from '../../src/platform/files/file-checks.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import type { View } from '../view.ts';
import { Unreadable } from './erased.tsx';
import { Icon } from './icon.tsx';

export const fileHref = (href: string, number: number): string =>
  number === 1 ? `${href}/file` : `${href}/files/${number}`;

export const FileLinks = ({
  view,
  files,
  href,
}: {
  view: View;
  files: AttachedFile[];
  href: string;
}) => {
  const links = files.map((file, index) => (
    <FileLink view={view} file={file} href={fileHref(href, index + 1)} />
  ));
  return links.length === 1 ? (
    <>{links}</>
  ) : (
    <ol class="file-links">
      {links.map((link) => (
        <li>{link}</li>
      ))}
    </ol>
  );
};

interface FileLinkProps {
  view: View;
  file: AttachedFile;
  href: string;
}

const Facts = ({ view, file }: Omit<FileLinkProps, 'href'>) => (
  <>
    <Icon name="file" />
    <span class="file-link__name">
      {file.damaged && file.name === '' ? <Unreadable view={view} /> : <bdi>{file.name}</bdi>}
    </span>{' '}
    <span class="file-link__facts">
      <bdi dir="ltr">{file.type.toUpperCase()}</bdi>
      {view.text.punctuation.comma}
      {view.fileSize(file.bytes)}
    </span>
  </>
);

export const FileLink = ({ view, file, href }: FileLinkProps) => {
  if (isOpen(file))
    return (
      <a class="file-link" href={href} download={file.name}>
        <Facts view={view} file={file} />
        <Icon name="download" />
      </a>
    );
  if (file.damaged)
    return (
      <span class="file-link file-link--closed">
        <Facts view={view} file={file} />
      </span>
    );
  const isWaiting = file.scan === 'waiting';
  return (
    <span class="file-link file-link--closed" data-scan={file.scan}>
      <Facts view={view} file={file} />
      <span class="file-link__state">
        <Icon name={isWaiting ? 'clock' : 'alert'} />
        {isWaiting ? view.text.file.scan.waiting : view.text.file.scan.infected}
      </span>
    </span>
  );
};

export const FileFlags = ({ view, file }: Omit<FileLinkProps, 'href'>) => {
  const { flags = [] } = file;
  if (flags.length === 0) return null;
  const words = view.text.file;
  return (
    <div class="notice notice--warning file-flags">
      <Icon name="alert" />
      <div>
        <p>{words.flagsLead}</p>
        <ul>
          {flags.map((flag) => (
            <li data-flag={flag}>{words.flags[flag]}</li>
          ))}
        </ul>
      </div>
    </div>
  );
};
