import type { Unit } from '../../src/desk/administration/units.ts';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import type { View } from '../view.ts';

interface LetterFieldsProps {
  view: View;
  units: Unit[];
  values: { unitId: string; subject: string };
  problems: Problems;
}

export const LetterFields = ({ view, units, values, problems }: LetterFieldsProps) => {
  const words = view.text.newLetter;
  return (
    <>
      <SelectField
        id="unit"
        label={words.unit}
        problem={problems.unit}
        value={values.unitId}
        prompt={words.unitChoose}
        options={units.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <TextField
        id="subject"
        label={words.subject}
        problem={problems.subject}
        value={values.subject}
      />
    </>
  );
};
