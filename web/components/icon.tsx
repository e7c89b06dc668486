/** Decorative pictures: the words beside them say it all, so they are hidden from readers. */
const SHAPES = {
  clock: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7v5l3.5 2" />
    </>
  ),
  check: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="m8 12.5 2.7 2.7L16 9.5" />
    </>
  ),
  cross: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="m9 9 6 6m0-6-6 6" />
    </>
  ),
  pencil: <path d="m4 20 1-4.5L16 4.5l3.5 3.5L8.5 19 4 20Zm10-13.5 3.5 3.5" />,
  minus: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M8 12h8" />
    </>
  ),
  file: <path d="M6 3h8l4 4v14H6V3Zm8 0v4h4M9 12.5h6M9 16h6" />,
  download: <path d="M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 20h14" />,
  search: (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="m16 16 4.5 4.5" />
    </>
  ),
  plus: <path d="M12 5v14M5 12h14" />,
  refresh: <path d="M19.5 12a7.5 7.5 0 1 1-2.200-5.300M17.5 3v4h-4" />,
  reply: <path d="M4 5h16v11H9l-5 4V5Zm4 4h8M8 12.5h5" />,
  forward: <path d="M5 12h14m0 0-5-5m5 5-5 5" />,
  alert: (
    <>
      <path d="M12 3.5 21.5 20h-19L12 3.5Z" />
      <path d="M12 10v4.5m0 2.5v.1" />
    </>
  ),
  info: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5m0-8.5v.1" />
    </>
  ),
  message: <path d="M4 6h16v12H4V6Zm0 .5 8 6.5 8-6.5" />,
  user: (
    <>
      <circle cx="12" cy="8" r="4" />
      <path d="M4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6" />
    </>
  ),
} as const;

export type IconName = keyof typeof SHAPES;

interface IconProps {
  name: IconName;
  /** Points along the line of reading, so it is mirrored in a right-to-left page. */
  directional?: boolean;
}

export const Icon = ({ name, directional = false }: IconProps) => (
  <svg
    class={directional ? 'icon icon--directional' : 'icon'}
    viewBox="0 0 24 24"
    width="20"
    height="20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    {SHAPES[name]}
  </svg>
);
