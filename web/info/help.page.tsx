import type { LetterStatus } from '../../src/desk/letters/letter.ts';
import { Contact } from '../components/contact.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import type { View } from '../view.ts';

const STEP_ICONS: IconName[] = ['phone', 'send', 'inbox', 'reply'];
const STATES: LetterStatus[] = ['pending', 'approved', 'rejected', 'returned', 'withdrawn'];
const UNIT_STEPS = ['with_unit', 'answered', 'closed'] as const;

const List = ({ items }: { items: string[] }) => (
  <ul class="bullets">
    {items.map((item) => (
      <li>{item}</li>
    ))}
  </ul>
);

export const HelpPage = ({ view }: { view: View }) => {
  const { help: words, steps } = view.text;
  return (
    <Layout view={view} title={words.title}>
      <div class="prose">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>

        <h2>{words.stepsTitle}</h2>
        <ol class="journey">
          {words.steps.map(({ title, text }, index) => (
            <li class="journey__step">
              <span class="journey__picture">
                <Icon name={STEP_ICONS[index] ?? 'info'} />
              </span>
              <h3>{title}</h3>
              <p>{text}</p>
            </li>
          ))}
        </ol>

        <h2>{words.filesTitle}</h2>
        <List items={words.files(view.maxFileMegabytes)} />

        <h2>{words.timeTitle}</h2>
        <List items={words.time} />

        <h2>{words.statesTitle}</h2>
        <dl class="meanings">
          {STATES.map((status) => (
            <div>
              <dt>
                <StatusBadge view={view} status={status} />
              </dt>
              <dd>{words.states[status]}</dd>
            </div>
          ))}
        </dl>
        <h3>{words.stepsOfUnitTitle}</h3>
        <dl class="meanings">
          {UNIT_STEPS.map((step) => (
            <div>
              <dt>
                <span class="step">{steps[step]}</span>
              </dt>
              <dd>{words.stepsOfUnit[step]}</dd>
            </div>
          ))}
        </dl>

        <h2>{words.questionsTitle}</h2>
        {words.questions.map(({ question, answer }) => (
          <>
            <h3>{question}</h3>
            <p>{answer}</p>
          </>
        ))}

        <Contact view={view} />
      </div>
    </Layout>
  );
};
