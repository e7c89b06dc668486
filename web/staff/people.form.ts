import { parseMobile } from '../../src/platform/base/mobile.ts';
import { cleanLine, cleanText } from '../../src/platform/base/text.ts';
import type { Problems } from '../components/error-summary.tsx';
import type { SiteSettings } from '../env.ts';
import type { PostedForm } from '../http/form-reader.ts';
import { textProblem } from '../portal/letter.form.ts';
import type { View } from '../view.ts';

const given = (problems: Record<string, string | undefined>): Problems =>
  Object.fromEntries(
    Object.entries(problems).filter((one): one is [string, string] => one[1] !== undefined),
  );

export const readCorrection = (form: PostedForm, limits: SiteSettings['limits'], view: View) => {
  const words = view.text.people.correction.problems;
  const values = {
    // As it stands in the record.
    nameBefore: form.field('nameBefore'),
    name: cleanLine(form.field('name')),
    nameReason: cleanText(form.field('nameReason')),
  };
  const problems = given({
    nameBefore: values.nameBefore === '' ? words.before : undefined,
    name: nameProblem(values, limits, view),
    nameReason: textProblem(values.nameReason, words.reason, limits, view),
  });
  return { values, problems };
};

const nameProblem = (
  { nameBefore, name }: { nameBefore: string; name: string },
  limits: SiteSettings['limits'],
  view: View,
): string | undefined => {
  const words = view.text.people.correction.problems;
  if (name === '') return words.missing;
  if (name === nameBefore) return words.same;
  return [...name].length > limits.name
    ? view.text.newLetter.problems.sender_long(view.digits(limits.name))
    : undefined;
};

export const readMove = (form: PostedForm, limits: SiteSettings['limits'], view: View) => {
  const words = view.text.people.move.problems;
  const values = {
    newMobile: cleanLine(form.field('newMobile')),
    moveReason: cleanText(form.field('moveReason')),
  };
  const mobile = parseMobile(values.newMobile);
  const problems = given({
    newMobile: mobile === undefined ? words.mobile : undefined,
    moveReason: textProblem(values.moveReason, words.reason, limits, view),
  });
  return { values, problems, mobile: mobile ?? '' };
};
