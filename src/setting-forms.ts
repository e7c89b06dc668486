import { z } from 'zod';
import { credentialProblem } from './platform/base/credentials.ts';

export interface Setting {
  doc: string;
  default: string;
  schema: z.ZodType<unknown, string>;
  secret?: true;
}

export const setting = <Output>(
  schema: z.ZodType<Output, string>,
  fallback: string,
  doc: string,
): { schema: z.ZodType<Output, string>; default: string; doc: string } => ({
  schema,
  default: fallback,
  doc,
});

export const secret = <Output>(
  schema: z.ZodType<Output, string>,
  fallback: string,
  doc: string,
): { schema: z.ZodType<Output, string>; default: string; doc: string; secret: true } => ({
  schema: schema.superRefine((value, context) => {
    const problem = typeof value === 'string' ? credentialProblem(value) : undefined;
    if (problem !== undefined) context.addIssue(problem);
  }),
  default: fallback,
  doc,
  secret: true,
});

export const text = z.string();
export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
export const optionalPort = z
  .string()
  .regex(/^\d*$/, 'must be a whole number')
  .transform((value) => (value === '' ? null : Number(value)))
  .refine((value) => value === null || (value >= 1 && value <= 65_535), 'must be from 1 to 65535');
export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`) as z.ZodType<Values[number], string>;
export const urlWith = (pattern: RegExp, hint: string) => z.string().regex(pattern, hint);

export const filesUrl = urlWith(
  /^(file:.+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^?\s]*)?(\?\S*)?)?$/,
  'must be file:/path or s3://BUCKET/PREFIX?endpoint=URL&region=…',
);
