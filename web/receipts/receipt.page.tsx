import type { OwnReceipt } from '../../src/desk/proof/letter-receipts.ts';
import { BackLink } from '../components/back-link.tsx';
import { subjectOf } from '../components/erased.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { QrCode } from '../components/qr-code.tsx';
import type { View } from '../view.ts';
import { ReceiptFacts } from './receipt-facts.tsx';

interface ReceiptPageProps {
  view: View;
  receipt: OwnReceipt;
  address: string;
  shortAddress: string;
}

export const ReceiptPage = ({ view, receipt, address, shortAddress }: ReceiptPageProps) => {
  const words = view.text.receipt;
  const href = `/letters/${receipt.letterId}`;
  return (
    <Layout view={view} title={words.title} signedIn={{ area: 'portal' }}>
      <BackLink href={href} label={words.backToLetter} />
      <article class="card" aria-labelledby="receipt">
        <h1 id="receipt">{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <ReceiptFacts
          view={view}
          receipt={receipt}
          unit={receipt.unit}
          subject={subjectOf(view, receipt.letter)}
          fileNames={receipt.fileNames}
        />
        <section class="receipt__check" aria-labelledby="check">
          <QrCode text={address} label={words.code} />
          <div>
            <h2 id="check">{words.checkTitle}</h2>
            <p>{words.check}</p>
            <p>
              <bdi dir="ltr" class="hash">
                {shortAddress}
              </bdi>
            </p>
            <p class="no-print">
              <a class="standing-link" href={`/verify/${receipt.token}`}>
                {words.checkHere}
              </a>
            </p>
          </div>
        </section>
        <p class="actions">
          <a class="button" href={`${href}/receipt.pdf`}>
            <Icon name="download" />
            {words.pdf}
          </a>
        </p>
      </article>
    </Layout>
  );
};
