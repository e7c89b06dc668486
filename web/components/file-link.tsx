import type { AttachedFile } from '../../src/usecases/desk.ts';
import type { View } from '../view.ts';
import { Icon } from './icon.tsx';

interface FileLinkProps {
  view: View;
  file: AttachedFile;
  href: string;
}

export const FileLink = ({ view, file, href }: FileLinkProps) => (
  <a class="file-link" href={href} download={file.name}>
    <Icon name="file" />
    <span class="file-link__name">
      <bdi>{file.name}</bdi>
    </span>{' '}
    <span class="file-link__facts">
      <bdi dir="ltr">{file.type.toUpperCase()}</bdi>
      {view.language === 'fa' ? '، ' : ', '}
      {view.fileSize(file.bytes)}
    </span>
    <Icon name="download" />
  </a>
);
