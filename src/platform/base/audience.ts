/** Who may read a text: the sender of the letter too, or staff alone. Neither type passes for the other. */

declare const isPublic: unique symbol;

/** The sender may read it: on pages, in SMS, through the API. */
export type PublicText = string & { readonly [isPublic]: true };

export const publicText = (text: string): PublicText => text as PublicText;

/** Written by staff for staff. No string, so that neither a template nor JSON can give it away. */
export class InternalText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** To be stored sealed, or shown to staff. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[internal]';
  }
}
