import type { ReceiptFacts as Facts } from '../../src/desk/proof/letter-receipts.ts';
import { LetterNumber, Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';

interface ReceiptFactsProps {
  view: View;
  receipt: Facts;
  unit: string | undefined;
  subject?: string;
  fileNames?: string[];
  letterNumber?: string | null;
  registeredOn?: string | null;
}

type FileProps = Pick<ReceiptFactsProps, 'view' | 'receipt'> & { index: number };

const fileLabel = ({ view, receipt, index }: FileProps, text: string): string =>
  receipt.files.length === 1 ? text : view.text.receipt.ofMany(text, view.digits(index + 1));

const FileFact = (props: FileProps & { bytes: number; name: string }) => {
  const { view, bytes, name } = props;
  const { receipt: words, punctuation } = view.text;
  return (
    <div>
      <dt>{fileLabel(props, name === '' ? words.size : words.file)}</dt>
      <dd>
        {name !== '' && (
          <>
            <bdi>{name}</bdi>
            {punctuation.comma}
          </>
        )}
        {view.fileSize(bytes)}
      </dd>
    </div>
  );
};

const Technical = ({ view, receipt }: Pick<ReceiptFactsProps, 'view' | 'receipt'>) => {
  const { receipt: words } = view.text;
  return (
    <details class="fold">
      <summary>{words.technical}</summary>
      <dl class="facts">
        <div>
          <dt>{words.exactTime}</dt>
          <dd>
            <bdi dir="ltr">{receipt.at.toISOString()}</bdi>
          </dd>
        </div>
        {receipt.files.map(({ bytes, sha256 }, index) => (
          <>
            <div>
              <dt>{fileLabel({ view, receipt, index }, words.size)}</dt>
              <dd>{words.bytes(view.digits(bytes))}</dd>
            </div>
            <div>
              <dt>{fileLabel({ view, receipt, index }, words.sha256)}</dt>
              <dd>
                <bdi dir="ltr" class="hash">
                  {sha256}
                </bdi>
              </dd>
            </div>
          </>
        ))}
      </dl>
    </details>
  );
};

export const ReceiptFacts = ({
  view,
  receipt,
  unit,
  subject,
  fileNames = [],
  letterNumber = null,
  registeredOn = null,
}: ReceiptFactsProps) => {
  const { receipt: words, facts } = view.text;
  return (
    <>
      <dl class="facts">
        {subject !== undefined && (
          <div>
            <dt>{view.text.newLetter.subject}</dt>
            <dd>
              <bdi>{subject}</bdi>
            </dd>
          </div>
        )}
        {letterNumber !== null && (
          <div>
            <dt>{facts.letterNumber}</dt>
            <dd>
              <LetterNumber view={view} number={letterNumber} />
            </dd>
          </div>
        )}
        {registeredOn !== null && (
          <div>
            <dt>{facts.registeredOn}</dt>
            <dd>
              <bdi dir="ltr">{view.digits(registeredOn)}</bdi>
            </dd>
          </div>
        )}
        <div>
          <dt>{words.submissionNumber}</dt>
          <dd>
            <bdi dir="ltr" class="code">
              {receipt.submissionNumber}
            </bdi>
          </dd>
        </div>
        <div>
          <dt>{words.at[receipt.kind]}</dt>
          <dd>
            <Moment view={view} at={receipt.at} />
          </dd>
        </div>
        {receipt.round > 1 && (
          <div>
            <dt>{words.round}</dt>
            <dd>{words.rounds(view.digits(receipt.round))}</dd>
          </div>
        )}
        {unit !== undefined && (
          <div>
            <dt>{words.unit}</dt>
            <dd>
              <bdi>{unit}</bdi>
            </dd>
          </div>
        )}
        {receipt.files.map(({ bytes }, index) => (
          <FileFact {...{ view, receipt, index, bytes }} name={fileNames[index] ?? ''} />
        ))}
      </dl>
      <Technical view={view} receipt={receipt} />
    </>
  );
};
