/** The languages of the pages: a further one is a catalogue of the shape `Text` and a line here. */
import { en } from './en.ts';
import { fa, type Text } from './fa.ts';

export const LANGUAGES = { fa, en } satisfies Record<string, Text>;

export type Language = keyof typeof LANGUAGES;

/** Catalogues by the code of their language. */
export type Catalogues = Record<string, Text> & typeof LANGUAGES;
