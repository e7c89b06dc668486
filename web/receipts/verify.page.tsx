import type { CheckedReceipt } from '../../src/desk/proof/letter-receipts.ts';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { controlProps, Frame, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { ReceiptFacts } from './receipt-facts.tsx';

export const RECEIPT_FIELD = 'receipt';
export const FILE_FIELD = 'file';

interface AskProps {
  view: View;
  value?: string;
  problem?: string | undefined;
}

const AskReceipt = ({ view, value = '', problem }: AskProps) => {
  const words = view.text.verify;
  return (
    <form method="get" action="/verify" novalidate>
      <TextField
        id={RECEIPT_FIELD}
        label={words.receipt}
        hint={words.receiptHint}
        problem={problem}
        value={value}
        latin
      />
      <div class="actions">
        <button type="submit" class="button">
          <Icon name="shield" />
          {words.submit}
        </button>
      </div>
    </form>
  );
};

const KeyLink = ({ view }: { view: View }) => (
  <a href="/verify/key">
    <Icon name="key" />
    {view.text.verify.key}
  </a>
);

interface VerifyPageProps extends AskProps {
  problems: Problems;
}

export const VerifyPage = ({ view, value, problems }: VerifyPageProps) => {
  const words = view.text.verify;
  return (
    <Layout view={view} title={words.title} hasProblems={Object.keys(problems).length > 0}>
      <ErrorSummary view={view} problems={problems} />
      <div class="card">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <AskReceipt view={view} value={value ?? ''} problem={problems[RECEIPT_FIELD]} />
        <p class="receipt-links">
          <KeyLink view={view} />
        </p>
      </div>
    </Layout>
  );
};

export const NotGenuinePage = ({ view }: { view: View }) => {
  const words = view.text.verify;
  return (
    <Layout view={view} title={words.false}>
      <div class="card receipt-check" data-receipt="false">
        <h1>{words.false}</h1>
        <NoticeBox tone="warning">{words.falseLead}</NoticeBox>
        <p>{words.falseNext}</p>
        <AskReceipt view={view} />
      </div>
    </Layout>
  );
};

const Became = ({ view, record }: { view: View; record: CheckedReceipt['record'] }) => {
  const words = view.text.verify;
  if (record === null) return <NoticeBox tone="warning">{words.notRecorded}</NoticeBox>;
  const { annulledAt, withdrawnAt, erasedAt, isReplaced } = record;
  return (
    <>
      {annulledAt !== null && (
        <NoticeBox tone="warning">
          {words.annulled} <Moment view={view} at={annulledAt} />
        </NoticeBox>
      )}
      {withdrawnAt !== null && (
        <NoticeBox tone="info">
          {words.withdrawn} <Moment view={view} at={withdrawnAt} />
        </NoticeBox>
      )}
      {isReplaced && <NoticeBox tone="info">{words.replaced}</NoticeBox>}
      {erasedAt !== null && (
        <NoticeBox tone="info">
          {words.erased} <Moment view={view} at={erasedAt} />
        </NoticeBox>
      )}
    </>
  );
};

export type Compared = 'same' | 'other';

interface ReceiptCheckPageProps {
  view: View;
  receipt: CheckedReceipt;
  token: string;
  compared?: Compared | undefined;
  problems: Problems;
}

const CompareForm = ({ view, receipt, token, compared, problems }: ReceiptCheckPageProps) => {
  const words = view.text.verify;
  const field = { id: FILE_FIELD, label: words.file, problem: problems[FILE_FIELD] };
  return (
    <form
      method="post"
      action={`/verify/${token}`}
      enctype="multipart/form-data"
      novalidate
      data-verify
      data-files={receipt.files.map(({ bytes, sha256 }) => `${bytes}:${sha256}`).join(' ')}
    >
      <p>{words.fileLead}</p>
      <p data-verify-stays>{words.fileStays}</p>
      <Frame field={field}>
        <input {...controlProps(field)} class="input input--file" type="file" />
      </Frame>
      <div role="status" data-verify-status>
        <p hidden data-verify-comparing>
          {words.comparing}
        </p>
        <div hidden={compared !== 'same'} data-verify-same>
          <NoticeBox tone="done">{words.same}</NoticeBox>
        </div>
        <div hidden={compared !== 'other'} data-verify-other>
          <NoticeBox tone="warning">{words.other}</NoticeBox>
        </div>
      </div>
      <div class="actions">
        <button type="submit" class="button">
          {words.compare}
        </button>
      </div>
    </form>
  );
};

export const ReceiptCheckPage = (props: ReceiptCheckPageProps) => {
  const { view, receipt, compared, problems } = props;
  const words = view.text.verify;
  const { record } = receipt;
  return (
    <Layout
      view={view}
      title={compared === undefined ? words.genuine : words[compared]}
      hasProblems={Object.keys(problems).length > 0}
    >
      <ErrorSummary view={view} problems={problems} />
      <div class="card receipt-check" data-receipt="genuine" data-compared={compared}>
        <h1>{words.genuine}</h1>
        <NoticeBox tone="done">
          {words.genuineLead(view.orgName)} {record !== null && words.states[receipt.kind]}
        </NoticeBox>
        <Became view={view} record={record} />
        <ReceiptFacts
          view={view}
          receipt={receipt}
          unit={record?.unit}
          letterNumber={record?.letterNumber ?? null}
          registeredOn={record?.registeredOn ?? null}
        />
      </div>
      <section class="card no-print" aria-labelledby="compare">
        <h2 id="compare">{words.fileTitle}</h2>
        <CompareForm {...props} />
      </section>
      <p class="receipt-links no-print">
        <a href="/verify">
          <Icon name="shield" />
          {words.again}
        </a>
        <KeyLink view={view} />
      </p>
      <script type="module" src={view.paths.verify} />
    </Layout>
  );
};
