import type { PublicAction } from '../../src/platform/audit/audit-action.ts';
import type { TimelineEntry } from '../../src/desk/letters/letter-detail.ts';
import type { BoxName } from '../../src/desk/letters/process-map.ts';
import type { View } from '../view.ts';

const LED_TO: Partial<Record<PublicAction, BoxName>> = {
  submitted: 'pending',
  resubmitted: 'pending',
  objected: 'pending',
  returned: 'returned',
  withdrawn: 'withdrawn',
  rejected: 'rejected',
  approved: 'with_unit',
  referred: 'with_unit',
  question_asked: 'asked',
  question_answered: 'with_unit',
  question_withdrawn: 'with_unit',
  reopened: 'with_unit',
  replied: 'answered',
  closed: 'closed',
  annulled: 'annulled',
};

// In units of the view box.
const WIDTH = 300;
const BOX = 128;
const HEIGHT = 24;
const ROW = 38;

interface PathStep {
  name: BoxName;
  at: Date;
}

const stepsOf = (timeline: TimelineEntry[]): PathStep[] => {
  const steps: PathStep[] = [];
  let beforeReferral: BoxName | undefined;
  for (const { action, at } of timeline) {
    const name = action === 'referral_withdrawn' ? beforeReferral : LED_TO[action];
    const last = steps.at(-1)?.name;
    if (action === 'referred') beforeReferral = last;
    if (name !== undefined && name !== last) steps.push({ name, at });
  }
  return steps;
};

export const LetterPath = ({ view, timeline }: { view: View; timeline: TimelineEntry[] }) => {
  const words = view.text.admin.process;
  const steps = stepsOf(timeline);
  const isRtl = view.direction === 'rtl';
  const x = (from: number, width = 0): number => (isRtl ? WIDTH - from - width : from);
  const label = steps.map(({ name }) => words.boxes[name]).join(view.text.punctuation.comma);
  return (
    <figure class="map map--path">
      <svg
        class="map__picture"
        viewBox={`0 0 ${WIDTH} ${steps.length * ROW - 10}`}
        role="img"
        aria-label={`${words.path}: ${label}`}
        focusable="false"
      >
        {steps.map(({ name, at }, place) => (
          <g class="map__box">
            <rect x={x(2, BOX)} y={place * ROW + 2} width={BOX} height={HEIGHT} rx="6" />
            <text class="map__name" x={x(2, BOX) + BOX / 2} y={place * ROW + 18}>
              {words.boxes[name]}
            </text>
            <text class="map__when" x={x(BOX + 12)} y={place * ROW + 18}>
              {view.date(at)}
            </text>
            {place > 0 && (
              <path
                class="map__tip"
                d={`M${x(2, BOX) + BOX / 2 - 5} ${place * ROW - 9}h10l-5 9Z`}
              />
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
};
