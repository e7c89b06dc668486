import type { View } from '../view.ts';
import { Icon } from './icon.tsx';

interface PaginationProps {
  view: View;
  page: number;
  pages: number;
  hrefOf: (page: number) => string;
  label: string;
}

export const Pagination = ({ view, page, pages, hrefOf, label }: PaginationProps) => {
  const words = view.text.pagination;
  if (pages <= 1) return null;
  return (
    <nav class="pagination" aria-label={label}>
      {page > 1 && (
        <a class="button button--small" href={hrefOf(page - 1)} rel="prev">
          <Icon name="back" />
          {words.previous}
        </a>
      )}
      <span class="pagination__where">{words.where(view.digits(page), view.digits(pages))}</span>
      {page < pages && (
        <a class="button button--small" href={hrefOf(page + 1)} rel="next">
          {words.next}
          <Icon name="forward" />
        </a>
      )}
    </nav>
  );
};
