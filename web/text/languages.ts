// Another language needs a catalogue of type `Text` and a line here.
import { en } from './en.ts';
import { fa, type Text } from './fa.ts';

export const LANGUAGES = { fa, en } satisfies Record<string, Text>;

export type Language = keyof typeof LANGUAGES;

export type Catalogues = Record<string, Text> & typeof LANGUAGES;
