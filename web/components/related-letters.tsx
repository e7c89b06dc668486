import type { RelatedLetter } from '../../src/desk/letters/relate-letters.ts';
import type { View } from '../view.ts';
import { subjectOf } from './erased.tsx';
import { LetterNumber } from './letter-facts.tsx';

interface RelatedLettersProps {
  view: View;
  related: RelatedLetter[];
  // Of a letter, without its id.
  base: '/letters' | '/staff/letters';
}

export const RelatedLetters = ({ view, related, base }: RelatedLettersProps) => {
  if (related.length === 0) return null;
  const words = view.text.related;
  return (
    <section class="card" aria-labelledby="related">
      <h2 id="related">{words.heading}</h2>
      <dl class="facts">
        {related.map((letter) => (
          <div>
            <dt>{(letter.isEarlier ? words.earlier : words.later)[letter.kind]}</dt>
            <dd>
              <a class="standing-link" href={`${base}/${letter.id}`}>
                {letter.letterNumber !== null && (
                  <>
                    <LetterNumber view={view} number={letter.letterNumber} />
                    {view.text.punctuation.comma}
                  </>
                )}
                <bdi>{subjectOf(view, letter)}</bdi>
              </a>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
};
