import { Unreadable } from '../components/erased.tsx';
import { TextAreaField } from '../components/field.tsx';
import { FileLink } from '../components/file-link.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { LetterFormsProps } from './decision-forms.tsx';
import { ActionKey } from './unit-forms.tsx';

type HeldReplyProps = Pick<LetterFormsProps, 'view' | 'letter' | 'draft'> & { acts: boolean };

const Release = ({ view, letter: { id, heldReply } }: HeldReplyProps) => {
  const href = `/staff/letters/${id}/release`;
  return (
    <form method="post" action={href}>
      <ActionKey of={href} />
      <input type="hidden" name="heldReply" value={heldReply?.id} />
      <button type="submit" class="button">
        <Icon name="send" />
        {view.text.staffLetter.heldReply.release}
      </button>
    </form>
  );
};

const Rework = ({ view, letter: { id, heldReply }, draft }: HeldReplyProps) => {
  const words = view.text.staffLetter.heldReply;
  const href = `/staff/letters/${id}/rework`;
  return (
    <form method="post" action={href} novalidate>
      <ActionKey of={href} />
      <input type="hidden" name="heldReply" value={heldReply?.id} />
      <TextAreaField
        id="reworkText"
        label={words.rework}
        hint={words.reworkHint}
        problem={draft.problems.reworkText}
        value={draft.values.reworkText ?? ''}
        rows={2}
      />
      <button type="submit" class="button button--secondary">
        <Icon name="undo" />
        {words.reworkSubmit}
      </button>
    </form>
  );
};

// Not a reply yet: its sender sees nothing of it.
export const HeldReplyPanel = (props: HeldReplyProps) => {
  const { view, letter, acts } = props;
  const { heldReply: held } = letter;
  if (!held) return null;
  const words = view.text.staffLetter.heldReply;
  return (
    <section class="card no-print" aria-labelledby="held-reply" data-internal="">
      <h2 id="held-reply">
        {words.heading}{' '}
        <span class="internal-mark">
          <Icon name="lock" />
          {view.text.staffLetter.internal.mark}
        </span>
      </h2>
      <p class="muted">
        <bdi>{held.by}</bdi>
        {view.text.punctuation.comma}
        <Moment view={view} at={held.at} />
      </p>
      <p class="user-text" dir="auto">
        {held.damaged ? <Unreadable view={view} /> : held.text.reveal()}
      </p>
      {held.file && (
        <FileLink
          view={view}
          file={held.file}
          href={`/staff/letters/${letter.id}/held-reply/file`}
        />
      )}
      <p class="note">{held.isOwn ? words.own : words.lead}</p>
      {acts && !held.isOwn && <Release {...props} />}
      {acts && <Rework {...props} />}
    </section>
  );
};
