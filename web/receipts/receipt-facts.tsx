import type { ReceiptFacts as Facts } from '../../src/desk/proof/letter-receipts.ts';
import { LetterNumber, Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';

interface ReceiptFactsProps {
  view: View;
  receipt: Facts;
  unit: string | undefined;
  fileNames?: string[];
  letterNumber?: string | null;
  registeredOn?: string | null;
}

const FileFacts = ({
  view,
  file: { bytes, sha256 },
  name,
  label,
}: {
  view: View;
  file: Facts['files'][number];
  name: string;
  label: (text: string) => string;
}) => {
  const { receipt: words } = view.text;
  return (
    <>
      {name !== '' && (
        <div>
          <dt>{label(words.fileName)}</dt>
          <dd>
            <bdi>{name}</bdi>
          </dd>
        </div>
      )}
      <div>
        <dt>{label(words.size)}</dt>
        <dd>{words.bytes(view.digits(bytes))}</dd>
      </div>
      <div>
        <dt>{label(words.sha256)}</dt>
        <dd>
          <bdi dir="ltr" class="hash">
            {sha256}
          </bdi>
        </dd>
      </div>
    </>
  );
};

export const ReceiptFacts = ({
  view,
  receipt,
  unit,
  fileNames = [],
  letterNumber = null,
  registeredOn = null,
}: ReceiptFactsProps) => {
  const { receipt: words, facts } = view.text;
  return (
    <dl class="facts">
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
      <div>
        <dt>{words.exactTime}</dt>
        <dd>
          <bdi dir="ltr">{receipt.at.toISOString()}</bdi>
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
      {receipt.files.map((file, index) => (
        <FileFacts
          {...{ view, file }}
          name={fileNames[index] ?? ''}
          label={(text) =>
            receipt.files.length === 1 ? text : words.ofMany(text, view.digits(index + 1))
          }
        />
      ))}
    </dl>
  );
};
