export interface LanguageFacts {
  code: string;
  name: string;
  switchTo: string;
  direction: 'rtl' | 'ltr';
  locale: string;
}
