export interface LanguageFacts {
  code: string;
  name: string;
  /** Text of the link to this language, in it; contains `name`. */
  switchTo: string;
  direction: 'rtl' | 'ltr';
  /** For `Intl`, with calendar and digits. */
  locale: string;
}
