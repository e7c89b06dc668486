import { encode } from 'uqr';

// Blank modules that readers need around the code.
const QUIET = 4;

interface QrCodeProps {
  text: string;
  label: string;
}

// Black on white in every theme, for cameras.
export const QrCode = ({ text, label }: QrCodeProps) => {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET });
  const dark = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return (
    <svg
      class="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={String(size)} height={String(size)} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  );
};
