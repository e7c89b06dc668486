import type { StuckPiece, StuckWork } from '../../src/operations/maintenance/stuck-work.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { CardTable, type Column } from '../components/card-table.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { LetterLink } from '../components/letter-link.tsx';
import type { View } from '../view.ts';
import { AdminPage } from './admin-parts.tsx';

interface StuckWorkPageProps {
  view: View;
  staff: StaffMember;
  work: StuckWork;
  notice: string | undefined;
}

const whatText = ({ text }: View, { kind, what }: StuckPiece): string => {
  const words = kind === 'message' ? text.staffLetter.messageKinds : text.stuck.whats;
  return words[what] ?? what;
};

const Retry = ({ view, piece }: { view: View; piece: StuckPiece }) => {
  const words = view.text.stuck;
  if (!piece.canRetry) return <span class="muted">{words.operator}</span>;
  return (
    <form method="post" action="/staff/admin/stuck/retry">
      {piece.letterId === null ? (
        <input type="hidden" name="file" value={piece.id} />
      ) : (
        <input type="hidden" name="letter" value={piece.letterId} />
      )}
      <button type="submit" class="button button--secondary">
        <Icon name="refresh" />
        {words.retry}
      </button>
    </form>
  );
};

const StuckTable = ({
  view,
  staff,
  pieces,
}: Omit<StuckWorkPageProps, 'work' | 'notice'> & { pieces: StuckPiece[] }) => {
  const { columns, kinds, attempts } = view.text.stuck;
  const retry: Column<StuckPiece> = {
    head: columns.retry,
    cell: (piece) => <Retry view={view} piece={piece} />,
  };
  return (
    <CardTable
      rows={pieces}
      dataOf={({ kind }) => ({ 'data-kind': kind })}
      columns={[
        {
          head: columns.kind,
          cell: (piece) => (
            <>
              {kinds[piece.kind]} <bdi class="muted">{whatText(view, piece)}</bdi>
            </>
          ),
        },
        {
          head: columns.letter,
          labelled: true,
          class: 'queue__letter',
          cell: (piece) => <LetterLink view={view} {...piece} />,
        },
        {
          head: columns.since,
          labelled: true,
          class: 'queue__when',
          cell: ({ since }) => <Moment view={view} at={since} />,
        },
        {
          head: columns.cause,
          labelled: true,
          cell: (piece) => (
            <>
              {piece.cause === null ? '—' : <bdi dir="auto">{piece.cause}</bdi>}
              {piece.attempts !== null && piece.attempts > 0 && (
                <span class="muted"> {attempts(view.digits(piece.attempts))}</span>
              )}
            </>
          ),
        },
        ...(staff.role === 'admin' ? [retry] : []),
      ]}
    />
  );
};

export const StuckWorkPage = ({ view, staff, work, notice }: StuckWorkPageProps) => {
  const words = view.text.stuck;
  const { pieces, total } = work;
  return (
    <AdminPage view={view} staff={staff} area="stuck" notice={notice}>
      <p class="muted">
        {words.lead} <Moment view={view} at={work.at} />
      </p>
      {pieces.length === 0 ? (
        <p class="card empty">{words.empty}</p>
      ) : (
        <>
          <p class="note">
            {words.count(view.digits(total))}
            {total > pieces.length && ` ${words.shown(view.digits(pieces.length))}`}
          </p>
          <StuckTable view={view} staff={staff} pieces={pieces} />
        </>
      )}
      {!work.allFilesSeen && <p class="muted">{words.someFiles}</p>}
    </AdminPage>
  );
};
