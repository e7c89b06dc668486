import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';
import type { BulkDecision } from '../../src/desk/letters/decide-in-bulk.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { CardTable } from '../components/card-table.tsx';
import { Personal, subjectOf } from '../components/erased.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { Notice } from '../components/notice.tsx';
import { Progress } from '../components/progress.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';

export const BULK_KINDS = ['approve', 'reject', 'return'] as const;

interface NewBulkPageProps {
  view: View;
  staff: StaffMember;
  letters: LetterSummary[];
  reasons: StockReason[];
  draft: StaffDraft;
  formKey: string;
}

export const NewBulkPage = ({
  view,
  staff,
  letters,
  reasons,
  draft,
  formKey,
}: NewBulkPageProps) => {
  const words = view.text.bulk;
  const { stock, stockPrompt, stockHint } = view.text.staffLetter;
  const field = (id: string) => ({
    id,
    problem: draft.problems[id],
    value: draft.values[id] ?? '',
  });
  return (
    <StaffLayout
      view={view}
      title={words.title}
      staff={staff}
      hasProblems={Object.keys(draft.problems).length > 0}
    >
      <ErrorSummary view={view} problems={draft.problems} />
      <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
      <h1>{words.title}</h1>
      {letters.length === 0 ? (
        <p class="card empty">{words.none}</p>
      ) : (
        <div class="card bulk-form">
          <p>{words.lead(view.digits(letters.length))}</p>
          <ol class="bulk-letters">
            {letters.map((letter) => (
              <li>
                <bdi>{subjectOf(view, letter)}</bdi> –{' '}
                <Personal view={view} letter={letter} text={letter.senderName} />
              </li>
            ))}
          </ol>
          <form method="post" action="/staff/bulk/new" novalidate>
            <input type="hidden" name="formKey" value={formKey} />
            <input type="hidden" name="letters" value={letters.map(({ id }) => id).join(' ')} />
            <SelectField
              {...field('kind')}
              label={words.kind}
              prompt={words.choose}
              options={BULK_KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
            />
            {reasons.length > 0 && (
              <SelectField
                {...field('stock')}
                label={words.stock}
                hint={stockHint}
                prompt={stockPrompt}
                options={reasons.map(({ id, kind, text }) => ({
                  value: id,
                  label: `${stock[kind]}: ${text}`,
                }))}
              />
            )}
            <TextAreaField {...field('bulkReason')} label={words.reason} hint={words.reasonHint} />
            <div class="actions">
              <button type="submit" class="button">
                {words.submit(view.digits(letters.length))}
              </button>
            </div>
          </form>
        </div>
      )}
    </StaffLayout>
  );
};

type BulkLetter = BulkDecision['letters'][number];

const resultOf = (view: View, { outcome, refusal }: BulkLetter): string => {
  const words = view.text.bulk;
  if (outcome === null) return words.outcomes.waiting;
  if (outcome !== 'refused') return words.outcomes[outcome];
  return words.refusals[refusal ?? ''] ?? words.refusals.unknown ?? '';
};

export const BulkPage = ({
  view,
  staff,
  bulk,
  notice,
}: {
  view: View;
  staff: StaffMember;
  bulk: BulkDecision;
  notice: string | undefined;
}) => {
  const words = view.text.bulk;
  const { letters, endedAt, cancelledAt } = bulk;
  const done = letters.filter(({ outcome }) => outcome !== null).length;
  const decided = letters.filter(({ outcome }) => outcome === 'decided').length;
  const isRunning = done < letters.length;
  const href = `/staff/bulk/${bulk.id}`;
  const count = words.progress(
    view.digits(done),
    view.digits(letters.length),
    view.digits(decided),
  );
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <Notice view={view} code={notice} />
      <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
      <h1>{words.title}</h1>
      <p class="lead">
        {words.kinds[bulk.kind]} · <bdi>{bulk.by}</bdi> · <Moment view={view} at={bulk.createdAt} />
      </p>
      <div data-bulk={isRunning ? 'running' : 'ended'}>
        <Progress
          id="bulk-progress"
          label={words.progressLabel}
          percent={letters.length === 0 ? 100 : Math.floor((100 * done) / letters.length)}
          words={count}
        />
        {isRunning && (
          <div class="actions">
            <a class="button button--secondary" href={href}>
              {words.reload}
            </a>
            {cancelledAt === null && endedAt === null && (
              <form method="post" action={`${href}/cancellation`}>
                <button type="submit" class="button button--secondary">
                  {words.cancel}
                </button>
              </form>
            )}
          </div>
        )}
        <CardTable
          rows={letters}
          dataOf={({ letterId, outcome }) => ({
            'data-letter': letterId,
            'data-outcome': outcome ?? 'waiting',
          })}
          columns={[
            {
              head: view.text.queue.columns.subject,
              class: 'queue__subject',
              cell: ({ letter }) => (
                <a href={`/staff/letters/${letter.id}`}>
                  <bdi>{subjectOf(view, letter)}</bdi>
                </a>
              ),
            },
            {
              head: view.text.queue.columns.sender,
              labelled: true,
              cell: ({ letter }) => (
                <Personal view={view} letter={letter} text={letter.senderName} />
              ),
            },
            { head: words.result, labelled: true, cell: (row) => resultOf(view, row) },
          ]}
        />
      </div>
      {isRunning && <script type="module" src={view.paths.bulk} />}
    </StaffLayout>
  );
};
