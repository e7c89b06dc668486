import { z } from '@hono/zod-openapi';
import { id } from './schemas.ts';

const roundSeen = z
  .int()
  .min(1)
  .max(9999)
  .optional()
  .openapi({ description: 'Of the letter as it was read: a newer round is then not decided' });

/** Lengths in code points, as JSON Schema counts; zod's `max` counts UTF-16 units. */
const text = (most: number) =>
  z
    .string()
    .refine((value) => [...value].length <= most, { error: 'too_long' })
    .openapi({ maxLength: most });

const visibleText = (most: number) =>
  text(most)
    .min(1)
    .regex(/\S/, { error: 'missing' })
    .openapi({ description: 'At least one visible character' });

export const approvalBody = z
  .strictObject({
    unit: id.optional().openapi({ description: 'Left out: the unit that the sender chose' }),
    round: roundSeen,
  })
  .openapi('Approval');

export const reasonBody = (most: number) =>
  z.strictObject({ reason: visibleText(most), round: roundSeen }).openapi('Reason');

export const updateBody = (most: number) =>
  z.strictObject({ text: visibleText(most) }).openapi('Update');

export const noteBody = (most: number) =>
  z.strictObject({ text: visibleText(most) }).openapi('Note');

export const closingBody = (most: number) =>
  z
    .strictObject({
      reason: visibleText(most).optional().openapi({
        description: 'The sender is told it; needed where nothing was replied',
      }),
    })
    .openapi('Closing');

export const referralBody = (most: number) =>
  z.strictObject({ unit: id, text: text(most).default('') }).openapi('Referral');

export const replyBody = (most: number) =>
  z
    .object({
      text: visibleText(most),
      file: z
        .string()
        .openapi({ format: 'binary', description: 'DOCX, DOC, PDF, JPG, PNG or TIFF' })
        .optional(),
    })
    .openapi('NewReply');

export const newLetterBody = (most: { name: number; subject: number; files: number }) =>
  z
    .object({
      senderName: visibleText(most.name),
      mobile: z.string().min(10).max(40).openapi({
        description:
          'Whole Iranian mobile number of the sender, who signs in with it and is told by SMS',
        example: '09123456789',
      }),
      unit: id.openapi({ description: 'The addressed unit' }),
      subject: visibleText(most.subject),
      file: z
        .array(z.string().openapi({ format: 'binary' }))
        .min(1)
        .openapi({
          maxItems: most.files,
          description: 'DOCX, DOC, PDF, JPG, PNG or TIFF, each a part of this name, in order',
        }),
    })
    .openapi('NewLetter');

export const newUnitBody = (most: number) =>
  z.strictObject({ name: visibleText(most) }).openapi('NewUnit');
export const unitChangeBody = (most: number) =>
  z
    .union([
      z.strictObject({ name: visibleText(most) }),
      z.strictObject({ retired: z.literal(true) }),
    ])
    .openapi('UnitChange');
