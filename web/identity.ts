/** By language code; falls back to Persian. */
export type Translated = { fa: string } & Partial<Record<string, string>>;

export interface AppIcon {
  body: Uint8Array;
  size: number;
  maskable: boolean;
}

export interface Identity {
  names: Translated;
  /** `#rrggbb` with enough contrast for white text. */
  colour: string;
  /** PNG, and what it shows: '' where that stands beside it. */
  logo: { body: Uint8Array; text: Translated } | undefined;
  printLogo?: Uint8Array;
  icons: AppIcon[];
  touchIcon?: AppIcon;
  help: { phone: string; hours: Translated; address: Translated };
}

export const DEFAULT_COLOUR = '#0b5b66';

export const plainIdentity = (name: string): Identity => ({
  names: { fa: name },
  colour: DEFAULT_COLOUR,
  logo: undefined,
  icons: [],
  help: { phone: '', hours: { fa: '' }, address: { fa: '' } },
});
