/** Whose desk it is, as the pages show it. Checked and drawn at start by `src/main/identity.ts`. */

/** By the code of the language; the Persian one stands in for what is missing. */
export type Translated = { fa: string } & Partial<Record<string, string>>;

export interface AppIcon {
  body: Uint8Array;
  /** Width and height in pixels. */
  size: number;
  /** Its edge may be cut to any shape. */
  maskable: boolean;
}

export interface Identity {
  names: Translated;
  /** `#rrggbb`, one that white text can be read on. */
  colour: string;
  logo: { type: 'image/png' | 'image/svg+xml'; body: Uint8Array } | undefined;
  /** PNG, for what is printed as PDF; left out: the name alone. */
  printLogo?: Uint8Array;
  /** PNG, for the home screen of a phone; none: the logo itself, which is an SVG. */
  icons: AppIcon[];
  /** PNG, for the home screen of an iPhone, which takes no SVG. */
  touchIcon?: AppIcon;
  /** Empty where the organisation has not said it. */
  help: { phone: string; hours: Translated; address: Translated };
}

export const DEFAULT_COLOUR = '#0b5b66';

/** A name and nothing else. */
export const plainIdentity = (name: string): Identity => ({
  names: { fa: name },
  colour: DEFAULT_COLOUR,
  logo: undefined,
  icons: [],
  help: { phone: '', hours: { fa: '' }, address: { fa: '' } },
});
