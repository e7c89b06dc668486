import type { View } from '../view.ts';
import { LetterNumber } from './letter-facts.tsx';

const SHORT_ID = 8;

interface LetterLinkProps {
  view: View;
  letterId: string | null;
  letterNumber: string | null;
}

export const LetterLink = ({ view, letterId, letterNumber }: LetterLinkProps) => {
  if (letterId === null) return '—';
  return (
    <a href={`/staff/letters/${letterId}`}>
      {letterNumber === null ? (
        <bdi dir="ltr">{letterId.slice(0, SHORT_ID)}…</bdi>
      ) : (
        <LetterNumber view={view} number={letterNumber} />
      )}
    </a>
  );
};
