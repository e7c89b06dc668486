import type { View } from '../view.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// In the largest unit of which there are two; below ten with one decimal.
export const durationText = (view: View, seconds: number): string => {
  const { durations } = view.text.statistics;
  const [unit, say] =
    seconds < 2 * HOUR
      ? ([MINUTE, durations.minutes] as const)
      : seconds < 2 * DAY
        ? ([HOUR, durations.hours] as const)
        : ([DAY, durations.days] as const);
  const amount = seconds / unit;
  const rounded = amount < 10 ? amount.toFixed(1).replace(/\.0$/, '') : String(Math.round(amount));
  return say(view.digits(rounded).replace('.', view.text.punctuation.decimal));
};
