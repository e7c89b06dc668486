import { BOXES } from '../../src/desk/letters/process-map.ts';
import type { BoxName, ProcessBox } from '../../src/desk/letters/process-map.ts';
import type { View } from '../view.ts';
import { durationText } from './statistics-durations.ts';

// In units of the view box. The first column is the way of most letters; the second one branches off.
const WIDTH = 300;
const BOX = 128;
const HEIGHT = 56;
const ROW = 74;
const MARGIN = 12;

const PLACES: Record<BoxName, [column: 0 | 1, row: number]> = {
  pending: [0, 0],
  returned: [1, 0],
  withdrawn: [1, 1],
  rejected: [1, 2],
  with_unit: [0, 3],
  asked: [1, 3],
  held: [1, 4],
  answered: [0, 5],
  closed: [0, 6],
  annulled: [1, 6],
};

const BRANCHES = Object.entries(PLACES).flatMap(([name, [column, row]]) =>
  column === 1 ? [{ name: name as BoxName, row }] : [],
);
const TRUNK: [from: number, to: number][] = [
  [0, 3],
  [3, 5],
  [5, 6],
];
const RETURNING: readonly BoxName[] = ['returned', 'rejected', 'asked', 'held'];
const ROWS = 7;

const middleOf = (row: number): number => row * ROW + 4 + HEIGHT / 2;

const hrefOf = (name: BoxName): string => {
  const box: { queue: string; history?: string } = BOXES[name];
  const history = box.history === undefined ? '' : `&history=${box.history}`;
  return `/staff?filter=${box.queue}${history}`;
};

type Across = (from: number, width?: number) => number;

const Lines = ({ x }: { x: Across }) => {
  const trunk = MARGIN + BOX / 2;
  const branch = WIDTH - MARGIN - BOX;
  const back = MARGIN / 2;
  const [end, answered, unit] = [middleOf(6), middleOf(5), middleOf(3)];
  return (
    <g class="map__lines">
      {TRUNK.map(([from, to]) => (
        <path
          d={`M${x(trunk)} ${middleOf(from) + HEIGHT / 2}V${middleOf(to) - HEIGHT / 2}`}
          marker-end="url(#map-arrow)"
        />
      ))}
      {BRANCHES.map(({ name, row }) => {
        const isBeside = row === 0 || row === 3 || row === 6;
        const from = isBeside ? MARGIN + BOX : trunk;
        return (
          <path
            d={`M${x(from)} ${middleOf(row)}H${x(branch)}`}
            marker-end="url(#map-arrow)"
            marker-start={RETURNING.includes(name) && isBeside ? 'url(#map-arrow)' : undefined}
          />
        );
      })}
      <path
        d={`M${x(MARGIN)} ${end}H${x(back)}V${unit}H${x(MARGIN)}`}
        marker-end="url(#map-arrow)"
      />
      <path d={`M${x(MARGIN)} ${answered}H${x(back)}`} />
    </g>
  );
};

const Box = ({ view, box, x }: { view: View; box: ProcessBox; x: Across }) => {
  const words = view.text.admin.process;
  const { name, letters, stay, late = 0 } = box;
  const [column, row] = PLACES[name];
  const left = x(column === 0 ? MARGIN : WIDTH - MARGIN - BOX, BOX);
  const top = middleOf(row) - HEIGHT / 2;
  const center = left + BOX / 2;
  const count = view.digits(letters);
  const lateText = late > 0 ? words.late(view.digits(late)) : undefined;
  const stayText = stay === null ? undefined : words.median(durationText(view, stay.median));
  return (
    <a class="map__box" href={hrefOf(name)} data-box={name}>
      <rect x={left} y={top} width={BOX} height={HEIGHT} rx="6" />
      <text class="map__name" x={center} y={top + 17}>
        {words.boxes[name]}
      </text>{' '}
      <text class="map__count" x={center} y={top + 34}>
        {words.letters(count)}
        {lateText !== undefined && <> · {lateText}</>}
      </text>{' '}
      {stayText !== undefined && (
        <text class="map__stay" x={center} y={top + 49}>
          {stayText}
        </text>
      )}
    </a>
  );
};

export const ProcessMap = ({ view, boxes }: { view: View; boxes: ProcessBox[] }) => {
  const words = view.text.admin.process;
  const isRtl = view.direction === 'rtl';
  const x: Across = (from, width = 0) => (isRtl ? WIDTH - from - width : from);
  return (
    <figure class="map">
      <svg
        class="map__picture"
        viewBox={`0 0 ${WIDTH} ${ROWS * ROW - 10}`}
        role="group"
        aria-labelledby="map-title map-text"
        focusable="false"
      >
        <title id="map-title">{words.title}</title>
        <desc id="map-text">{words.text}</desc>
        <defs>
          <marker
            id="map-arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="6"
            markerHeight="6"
            orient="auto-start-reverse"
          >
            <path class="map__tip" d="M0 0 8 4 0 8Z" />
          </marker>
        </defs>
        <Lines x={x} />
        {boxes.map((box) => (
          <Box view={view} box={box} x={x} />
        ))}
      </svg>
    </figure>
  );
};
