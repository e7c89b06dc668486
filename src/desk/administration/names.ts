export const MAX_NAME_LENGTH = 120;

export type NameProblem = 'missing' | 'too_long' | 'taken';

export const nameProblem = (
  name: string,
  maxLength = MAX_NAME_LENGTH,
): Exclude<NameProblem, 'taken'> | undefined => {
  if (name === '') return 'missing';
  return [...name].length > maxLength ? 'too_long' : undefined;
};
