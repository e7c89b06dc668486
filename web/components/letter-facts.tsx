import { formatTrackingCode } from '../../src/desk/register/tracking-code.ts';
import type { View } from '../view.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';

export const LetterNumber = ({ view, number }: { view: View; number: string }) => (
  <data value={number}>
    <bdi dir="ltr">{view.digits(number)}</bdi>
  </data>
);

// Latin in every language: it is typed on any keyboard.
export const TrackingCode = ({ code }: { code: string }) => (
  <data value={code}>
    <bdi dir="ltr" class="code">
      {formatTrackingCode(code)}
    </bdi>
  </data>
);

export const Moment = ({ view, at }: { view: View; at: Date }) => (
  <time datetime={at.toISOString()}>{view.dateTime(at)}</time>
);

interface RegistrationFactsProps {
  view: View;
  letter: Pick<
    LetterSummary,
    'letterNumber' | 'trackingCode' | 'registeredOn' | 'registeredAt' | 'annulledAt'
  >;
}

export const RegistrationFacts = ({ view, letter }: RegistrationFactsProps) => {
  const { facts } = view.text;
  if (letter.letterNumber === null || letter.trackingCode === null) return null;
  return (
    <dl class={letter.annulledAt === null ? 'registration' : 'registration registration--annulled'}>
      <div>
        <dt>{facts.letterNumber}</dt>
        <dd>
          <LetterNumber view={view} number={letter.letterNumber} />
        </dd>
      </div>
      <div>
        <dt>{facts.trackingCode}</dt>
        <dd>
          <TrackingCode code={letter.trackingCode} />
        </dd>
      </div>
      {letter.registeredOn !== null && letter.registeredAt !== null && (
        <div>
          <dt>{facts.registeredOn}</dt>
          <dd>
            <time datetime={letter.registeredAt.toISOString()}>
              <bdi dir="ltr">{view.digits(letter.registeredOn)}</bdi>
              {view.showsOwnDate && (
                <>
                  {' '}
                  <span class="unbroken">({view.date(letter.registeredAt)})</span>
                </>
              )}
            </time>
          </dd>
        </div>
      )}
      {letter.annulledAt !== null && (
        <div>
          <dt>{facts.annulled}</dt>
          <dd>
            <Moment view={view} at={letter.annulledAt} />
          </dd>
        </div>
      )}
    </dl>
  );
};
