import type { Question } from '../../src/desk/letters/letter-detail.ts';
import type { View } from '../view.ts';
import { Unreadable } from './erased.tsx';
import { FileLink } from './file-link.tsx';
import { Icon } from './icon.tsx';
import { Moment } from './letter-facts.tsx';

interface QuestionsProps {
  view: View;
  questions: Question[];
  letterHref: string;
}

const Meta = ({ view, who, unit, at }: { view: View; who: string; unit?: string; at: Date }) => (
  <p class="reply__meta">
    {who} {unit !== undefined && <bdi>{unit}</bdi>}
    <span class="dot" aria-hidden="true" />
    <Moment view={view} at={at} />
  </p>
);

const Text = ({ view, text, damaged }: { view: View; text: string; damaged?: boolean }) => (
  <p class="user-text" dir="auto">
    {damaged && text === '' ? <Unreadable view={view} /> : text}
  </p>
);

export const Questions = ({ view, questions, letterHref }: QuestionsProps) => {
  const words = view.text.question;
  if (questions.length === 0) return null;
  return (
    <section class="card replies" id="questions" aria-labelledby="questions-title">
      <h2 id="questions-title">
        <Icon name="message" />
        {words.heading}
      </h2>
      {questions.map(({ text, at, unit, isOpen, answer, damaged }) => (
        <div class="reply" data-question={isOpen ? 'open' : answer ? 'answered' : 'ended'}>
          <Meta view={view} who={words.from} unit={unit} at={at} />
          <Text view={view} text={text} {...(damaged && { damaged })} />
          {answer && (
            <>
              <Meta view={view} who={words.answer} at={answer.at} />
              <Text view={view} text={answer.text} {...(damaged && { damaged })} />
              {answer.file && (
                <FileLink
                  view={view}
                  file={answer.file}
                  href={`${letterHref}/answers/${answer.id}/file`}
                />
              )}
            </>
          )}
          {!answer && <p class="muted">{isOpen ? words.waits : words.ended}</p>}
        </div>
      ))}
    </section>
  );
};
