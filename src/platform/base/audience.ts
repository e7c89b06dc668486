/** Who may read a text: the sender too, or staff alone. Neither type is assignable to the other. */

declare const isPublic: unique symbol;

export type PublicText = string & { readonly [isPublic]: true };

export const publicText = (text: string): PublicText => text as PublicText;

/** Not a string, so that no template or JSON can leak it. */
export class InternalText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[internal]';
  }
}
