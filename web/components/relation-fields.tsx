import { RELATIONS } from '../../src/desk/letters/letter.ts';
import type { TypedRelations } from '../../src/desk/letters/relate-letters.ts';
import type { View } from '../view.ts';
import type { Problems } from './error-summary.tsx';
import { TextField } from './field.tsx';

interface RelationFieldsProps {
  view: View;
  values: TypedRelations;
  problems: Problems;
}

export const RelationFields = ({ view, values, problems }: RelationFieldsProps) => {
  const words = view.text.related;
  return (
    <>
      {RELATIONS.map((kind) => (
        <TextField
          id={kind}
          label={words.earlier[kind]}
          hint={words.hints[kind]}
          problem={problems[kind]}
          value={values[kind] ?? ''}
          latin
        />
      ))}
    </>
  );
};
