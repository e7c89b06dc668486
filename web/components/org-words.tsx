import type { OrgText } from '../view.ts';

/** Words of the organisation, which may be in another language than the page. */
export const OrgWords = ({ words }: { words: OrgText }) => (
  <bdi lang={words.lang}>{words.text}</bdi>
);
