/**
 * The values that our pages themselves put into fields. Any other was forged: the reader refuses it
 * as usual, and this notes the attempt.
 */
const UUID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;
const NUMBER = /^\d{0,9}$/;
const WORD = /^[a-z_]{0,40}$/;
const TOKEN = /^[\w.~-]{0,200}$/;

const SHAPES: Readonly<Record<string, RegExp>> = {
  submissionKey: UUID,
  formKey: UUID,
  actionKey: UUID,
  letter: UUID,
  unit: UUID,
  referUnit: UUID,
  round: NUMBER,
  version: NUMBER,
  act: WORD,
  kind: WORD,
  role: WORD,
  captchaId: TOKEN,
};

export const isTampered = (fields: ReadonlyMap<string, string>): boolean =>
  [...fields].some(
    ([name, value]) =>
      value.includes('\0') || (Object.hasOwn(SHAPES, name) && SHAPES[name]?.test(value) === false),
  );
