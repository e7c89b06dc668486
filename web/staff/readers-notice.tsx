import { Icon } from '../components/icon.tsx';
import type { View } from '../view.ts';

export const Readers = ({ view, names }: { view: View; names: string[] }) => {
  const [first, ...others] = names;
  const words = view.text.staffLetter;
  if (first === undefined) return null;
  return (
    <>
      <Icon name="eye" />
      <span>
        <bdi>{first}</bdi>{' '}
        {others.length === 0 ? words.reader : words.readers(view.digits(others.length))}
      </span>
    </>
  );
};

// The line is always there, so that nothing moves when a colleague comes or goes. A script reports
// presence and asks for the other readers.
export const ReadersNotice = ({
  view,
  names,
  href,
}: {
  view: View;
  names: string[];
  href: string;
}) => {
  const { presenceSeconds } = view.facts;
  if (presenceSeconds === 0) return null;
  return (
    <p
      class="readers no-print"
      aria-live="polite"
      aria-atomic="true"
      data-readers={`${href}/readers`}
      data-seconds={String(Math.max(1, Math.floor(presenceSeconds / 3)))}
    >
      <Readers view={view} names={names} />
    </p>
  );
};
