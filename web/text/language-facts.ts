/** What a catalogue says of its language. */
export interface LanguageFacts {
  /** As in `lang` of HTML. */
  code: string;
  /** In the language itself. */
  name: string;
  /** Of the link to it, in the language itself; holds `name`. */
  switchTo: string;
  direction: 'rtl' | 'ltr';
  /** For `Intl`, with its calendar and digits. */
  locale: string;
}
