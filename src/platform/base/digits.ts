const ARABIC_INDIC = 0x0660;
const EXTENDED_ARABIC_INDIC = 0x06f0;

export const toLatinDigits = (text: string): string =>
  text.replace(/[٠-٩۰-۹]/g, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    return String(point - (point >= EXTENDED_ARABIC_INDIC ? EXTENDED_ARABIC_INDIC : ARABIC_INDIC));
  });

export const toPersianDigits = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCodePoint(EXTENDED_ARABIC_INDIC + Number(digit)));
