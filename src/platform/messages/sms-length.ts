// GSM 03.38 basic set; anything else makes the whole message UCS-2 (Persian always does).
const GSM_BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

export const isGsm = (text: string): boolean =>
  [...text].every((character) => GSM_BASIC.includes(character));

/** UCS-2: 70, then 67 each; GSM-7: 160, then 153 each. */
export const smsParts = (text: string): number => {
  const [single, each] = isGsm(text) ? [160, 153] : [70, 67];
  return text.length <= single ? 1 : Math.ceil(text.length / each);
};

/**
 * Longest prefix of `variable` with which `render` stays within `maxParts`, cut with an ellipsis,
 * at a space where one is near.
 */
export const fitVariable = (
  render: (variable: string) => string,
  variable: string,
  maxParts: number,
): string => {
  if (smsParts(render(variable)) <= maxParts) return variable;
  // The one-character ellipsis would turn a Latin message into UCS-2, at half the room.
  const ellipsis = isGsm(render(variable)) ? '...' : '…';
  const characters = [...variable];
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const candidate = `${characters.slice(0, middle).join('')}${ellipsis}`;
    if (smsParts(render(candidate)) <= maxParts) low = middle;
    else high = middle - 1;
  }
  const cut = characters.slice(0, low).join('');
  const space = cut.lastIndexOf(' ');
  const kept = space > cut.length - 20 && space > 0 ? cut.slice(0, space) : cut;
  return `${kept.trimEnd()}${ellipsis}`;
};
