import type { View } from '../view.ts';
import { TextAreaField } from './field.tsx';

export interface HandedBackProps {
  view: View;
  path: string;
  typed: Record<string, string>;
  hidden: Record<string, string>;
  canSend: boolean;
}

const labelOf = ({ text }: View, name: string): string => {
  const { related, facts, newLetter, staffLetter, objection, question, followUp, kept } = text;
  const labels: Record<string, string> = {
    senderName: newLetter.senderName,
    subject: newLetter.subject,
    reason: staffLetter.reason,
    returnReason: staffLetter.returnReason,
    objection: objection.text,
    update: staffLetter.update,
    note: staffLetter.note,
    closeReason: facts.closeReason,
    annulReason: facts.annulReason,
    annulInternal: staffLetter.annul.internal,
    referText: staffLetter.referText,
    replyText: staffLetter.replyText,
    reference: related.earlier.reference,
    sequel: related.earlier.sequel,
    reworkText: staffLetter.heldReply.rework,
    questionText: question.askText,
    answerText: question.text,
    followUp: followUp.text,
  };
  return Object.hasOwn(labels, name) ? (labels[name] ?? kept.other) : kept.other;
};

export const HandedBack = ({ view, path, typed, hidden, canSend }: HandedBackProps) => {
  const words = view.text.kept;
  const fields = Object.entries(typed).map(([name, value]) => (
    <TextAreaField id={name} label={labelOf(view, name)} value={value} rows={3} />
  ));
  return (
    <section aria-labelledby="handed-back">
      <h2 id="handed-back">{words.title}</h2>
      <p>{canSend ? words.sendAgainLead : words.copyLead}</p>
      {canSend ? (
        <form method="post" action={path} novalidate data-handed-back>
          {Object.entries(hidden).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          {fields}
          <div class="actions">
            <button type="submit" class="button">
              {words.sendAgain}
            </button>
          </div>
        </form>
      ) : (
        fields
      )}
    </section>
  );
};
