import type { OrgText } from '../view.ts';

export const OrgWords = ({ words }: { words: OrgText }) => (
  <bdi lang={words.lang}>{words.text}</bdi>
);
