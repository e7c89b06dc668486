import { isOpen } from '../../src/platform/files/file-checks.ts';
import { Icon } from '../components/icon.tsx';
import type { View } from '../view.ts';
import type { Letter } from '../../src/desk/letters/letter-detail.ts';

interface StampedLinkProps {
  view: View;
  letter: Pick<Letter, 'letterNumber' | 'erasedAt' | 'files'>;
  href: string;
}

export const StampedLink = ({ view, letter, href }: StampedLinkProps) =>
  letter.letterNumber === null || letter.erasedAt !== null || !isOpen(letter.files[0]) ? null : (
    <a href={`${href}/stamped.pdf`}>
      <Icon name="download" />
      {view.text.receipt.stamped}
    </a>
  );

export const ReceiptLinks = ({ view, letter, href }: StampedLinkProps) => (
  <p class="receipt-links no-print">
    <a href={`${href}/receipt`}>
      <Icon name="shield" />
      {view.text.receipt.link}
    </a>
    <StampedLink view={view} letter={letter} href={href} />
  </p>
);
