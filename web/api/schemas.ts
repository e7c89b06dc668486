import { z } from '@hono/zod-openapi';
import { RUNGS } from '../../src/desk/letters/rungs.ts';
import { PUBLIC_ACTIONS, WEBHOOK_EVENTS } from '../../src/platform/audit/audit-action.ts';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';

const REGISTER_ID = /^[a-z0-9][a-z0-9-]{0,30}$/;

export const id = z.guid();
const instant = z.iso.datetime().openapi({ example: '2026-11-23T08:30:00.000Z' });
const registerId = z.string().regex(REGISTER_ID);

const STATUSES = ['pending', 'approved', 'rejected', 'returned', 'withdrawn'] as const;
const STEPS = ['with_unit', 'answered', 'closed'] as const;

const UnitName = z.object({ id, name: z.string() });

/** Nothing that the sender wrote. */
const facts = {
  id,
  status: z.enum(STATUSES),
  step: z.enum(STEPS).nullable().openapi({ description: 'Of an approved letter only' }),
  round: z.int().openapi({ description: 'How often it was sent: 1, and one more per correction' }),
  unit: UnitName.openapi({ description: 'The unit that has the letter now' }),
  submittedAt: instant,
  decidedAt: instant.nullable(),
  returnedAt: instant.nullable(),
  withdrawnAt: instant.nullable(),
  letterNumber: z.string().nullable(),
  trackingCode: z.string().nullable().openapi({ example: '7K3M-9QRT-2XAB' }),
  registeredAt: instant.nullable(),
  annulled: z
    .boolean()
    .openapi({ description: 'The number is no longer valid; it stays in the register' }),
  registeredOn: z
    .string()
    .nullable()
    .openapi({ description: 'Jalali date as issued', example: '1405/09/01' }),
  replies: z.int(),
  reopened: z.int().openapi({ description: 'How often its sender has reopened it' }),
  reopenUntil: instant.nullable().openapi({
    description: 'Until when its sender can reopen it; null: they cannot',
  }),
  closesAt: instant.nullable().openapi({ description: 'When it closes by itself' }),
  questionOpen: z
    .boolean()
    .openapi({ description: 'Its sender was asked, and the deadline stands still' }),
  erased: z.boolean().openapi({
    description: 'Its content was erased when its time was over: then its texts are empty',
  }),
  damaged: z.boolean().openapi({ description: 'Something of it cannot be read and is empty' }),
};

export const LetterFacts = z.strictObject(facts).openapi('LetterFacts');

export const LetterFile = z
  .strictObject({
    name: z.string(),
    mediaType: z.enum(Object.values(FILE_TYPES) as [string, ...string[]]),
    bytes: z.int(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    scan: z
      .enum(['none', 'waiting', 'clean', 'infected'])
      .openapi({ description: 'One that waits for the scanner or is infected is not handed out' }),
    href: z.string().openapi({ description: 'Address of its bytes at this desk' }),
  })
  .openapi('LetterFile');

const TimelineEntry = z
  .strictObject({
    action: z.enum(PUBLIC_ACTIONS),
    at: instant,
    unit: z.string().optional(),
    text: z.string().optional(),
    letterNumber: z.string().optional(),
  })
  .openapi('TimelineEntry');

const Reply = z
  .strictObject({
    number: z.int(),
    text: z.string(),
    at: instant,
    unit: z.string(),
    file: z.union([LetterFile, z.null()]),
  })
  .openapi('Reply');

const LetterVersion = z
  .strictObject({
    round: z.int(),
    subject: z.string(),
    senderName: z.string(),
    addressedUnit: z.string(),
    replacedAt: instant,
    file: LetterFile,
    files: z.array(LetterFile),
  })
  .openapi('LetterVersion');

const Deadline = z
  .strictObject({
    state: z.enum(['running', 'overdue', 'paused']),
    dueOn: z.string().nullable().openapi({
      description: 'Gregorian day in the time zone of the organisation; null: it stands still',
      example: '2026-12-07',
    }),
    dueAt: instant.nullable(),
    left: z.int().openapi({ description: 'Working days that are left while it stands still' }),
  })
  .openapi('Deadline');

const FiredRung = z
  .strictObject({
    rung: z.enum([...RUNGS, 'consultation_overdue']),
    at: instant,
    unit: z.string(),
  })
  .openapi('FiredRung');

const Consultation = z
  .strictObject({
    unit: UnitName,
    askedAt: instant,
    dueAt: instant.nullable(),
    endedAt: instant.nullable(),
    outcome: z.enum(['answered', 'withdrawn', 'ended']).nullable(),
  })
  .openapi('Consultation');

const HeldReply = z.strictObject({ at: instant, by: z.string() }).openapi('HeldReply');

export const WebhookEvent = z
  .strictObject({
    id: z.guid().openapi({ description: 'The same for every attempt' }),
    type: z.enum(WEBHOOK_EVENTS),
    at: instant,
    by: z.enum(['applicant', 'staff', 'key', 'engine', 'operator']).openapi({
      description: '`engine`: by itself, as when the time of an answered letter is over',
    }),
    letterId: id,
    status: z.enum(STATUSES),
    step: z.enum(STEPS).nullable(),
    number: z.string().nullable(),
  })
  .openapi('WebhookEvent');

export const Letter = z
  .strictObject({
    ...facts,
    senderName: z.string(),
    mobile: z.string().openapi({
      description: "The sender's number, masked as for staff; replies reach it through the desk",
      example: '+98912•••6789',
    }),
    subject: z.string(),
    addressedUnit: z.string(),
    rejectionReason: z.string().nullable(),
    returnReason: z.string().nullable(),
    objection: z.string().nullable().openapi({
      description: 'What its sender objected to its rejection; null: nothing',
    }),
    objectedAt: instant.nullable(),
    objectionUntil: instant.nullable().openapi({
      description: 'Until when its sender can object to its rejection; null: they cannot',
    }),
    decidedBy: z.string().nullable(),
    openDecision: z
      .strictObject({
        kind: z.enum(['approve', 'reject', 'return', 'withdraw']),
        by: z.string(),
        at: instant,
      })
      .nullable()
      .openapi({ description: 'Recorded, and not yet taken up by the workflow' }),
    openActions: z.int(),
    deadline: Deadline.nullable().openapi({
      description:
        'Until when it is to be answered; null: it waits for no answer, or none is promised',
    }),
    rungs: z.array(FiredRung).openapi({ description: 'What its deadlines have set off' }),
    consultations: z.array(Consultation).openapi({
      description:
        'Units that were asked for an internal opinion; a key of one unit that does not have the letter sees its own',
    }),
    heldReply: HeldReply.nullable().openapi({
      description: 'A reply that waits for a second person; its text is internal until then',
    }),
    file: LetterFile.openapi({ description: 'The first of its files' }),
    files: z.array(LetterFile).openapi({ description: 'In the order of their sender' }),
    versions: z.array(LetterVersion),
    timeline: z.array(TimelineEntry),
    replyList: z.array(Reply),
  })
  .openapi('Letter');

const letterCursor = id;
const registerCursor = z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}\.[0-9]{4}\.[0-9]{1,9}$/);
const AFTER = '`next` of the page before; how it is made may change';
const NEXT = 'For `after`, to get the next page; null: this is the last one';

export const LetterPage = z
  .strictObject({
    letters: z.array(LetterFacts),
    next: letterCursor.nullable().openapi({ description: NEXT }),
  })
  .openapi('LetterPage');

export const RegisterEntry = z
  .strictObject({
    register: z.string(),
    year: z.int().openapi({ description: 'Jalali' }),
    serial: z.int(),
    number: z.string(),
    letterId: id,
    registeredAt: instant,
    prevHash: z.string(),
    hash: z.string(),
  })
  .openapi('RegisterEntry');

export const RegisterPage = z
  .strictObject({
    entries: z.array(RegisterEntry),
    next: registerCursor.nullable().openapi({ description: NEXT }),
  })
  .openapi('RegisterPage');

export const Unit = z.strictObject({ id, name: z.string(), retired: z.boolean() }).openapi('Unit');
export const UnitList = z.strictObject({ units: z.array(Unit) }).openapi('UnitList');

export const StaffList = z
  .strictObject({
    staff: z.array(
      z.strictObject({
        id,
        username: z.string(),
        name: z.string(),
        role: z.enum(['reviewer', 'unit', 'head', 'admin', 'auditor']),
        unitIds: z.array(id),
        disabled: z.boolean(),
        secondFactor: z.boolean(),
      }),
    ),
  })
  .openapi('StaffList');

const Part = z.strictObject({ ok: z.boolean(), detail: z.string() });

export const Status = z
  .strictObject({
    ready: z.boolean().openapi({ description: 'False only when no letter could be accepted' }),
    parts: z.strictObject({
      database: Part,
      temporal: Part,
      worker: Part,
      outbox: Part,
      files: Part,
    }),
    key: z.strictObject({
      name: z.string(),
      scope: z.enum(['read', 'decide', 'admin']),
      unitId: id.nullable(),
      expiresAt: instant.nullable(),
    }),
  })
  .openapi('Status');

export const Outcome = z
  .strictObject({
    outcome: z.enum(['applied', 'recorded']).openapi({
      description:
        '`applied`: the workflow has taken it up; `recorded`: it stands in the record and is taken up later',
    }),
    letter: z.union([LetterFacts, z.null()]).openapi({
      description: 'As it stands now; null: not applied yet, or not for this key to see any more',
    }),
  })
  .openapi('Outcome');

export const SubmittedLetter = z
  .strictObject({
    id,
    href: z.string().openapi({ description: 'Address of the letter at this desk' }),
  })
  .openapi('SubmittedLetter');

export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:pishkhan:problem:already-decided' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z
      .string()
      .openapi({ description: 'Of this request; the log of the desk has it too' }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().optional().openapi({ description: 'JSON pointer into the body' }),
          parameter: z.string().optional().openapi({ description: 'Name in the address' }),
          detail: z.string(),
        }),
      )
      .optional(),
    kind: z.string().optional().openapi({ description: 'What was decided before' }),
    by: z.string().optional().openapi({ description: 'Who decided before' }),
    at: instant.optional().openapi({ description: 'When it was decided before' }),
  })
  .openapi('Problem');

export const letterParams = z.strictObject({ id });
const fileNumber = z.coerce.number().int().min(1).max(9999);
export const fileParams = z.strictObject({ id, file: fileNumber });
export const versionFileParams = z.strictObject({
  id,
  round: z.coerce.number().int().min(1).max(9999),
  file: fileNumber,
});
export const replyParams = z.strictObject({ id, number: z.coerce.number().int().min(1).max(9999) });
export const versionParams = z.strictObject({
  id,
  round: z.coerce.number().int().min(1).max(9999),
});
export const unitParams = z.strictObject({ unit: id });

/** Restricted to years that the record can hold in any time zone. */
const moment = z.iso
  .datetime({ offset: true })
  .regex(
    /^(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$/,
  )
  .openapi({ format: 'date-time', example: '2026-11-23T12:00:00+03:30' });
const since = moment.optional().openapi({ description: 'At this instant or later' });
const until = moment.optional().openapi({ description: 'Before this instant' });
const limitOf = (most: number) => z.coerce.number().int().min(1).max(most).default(most);

export const letterQuery = (most: number) =>
  z.strictObject({
    status: z.enum(STATUSES).optional(),
    step: z.enum(STEPS).optional(),
    unit: id.optional(),
    register: registerId.optional(),
    number: z.string().min(1).max(60).optional().openapi({
      description: 'Letter number, digits of any script',
      example: '1405/5',
    }),
    trackingCode: z.string().min(12).max(60).optional().openapi({
      description:
        'With or without hyphens, in any case; the last character checks the others, and a mistyped code is refused',
      example: '7K3M-9HRV-2ZAR',
    }),
    mobile: z.string().min(10).max(40).optional().openapi({
      description: 'Whole Iranian mobile number of the sender: 0912…, 912… or +98912…',
      example: '09123456789',
    }),
    submittedSince: since,
    submittedUntil: until,
    registeredSince: since,
    registeredUntil: until,
    after: letterCursor.optional().openapi({ description: AFTER }),
    limit: limitOf(most),
  });

export const registerQuery = (most: number) =>
  z.strictObject({
    register: registerId.optional(),
    year: z.coerce.number().int().min(1300).max(1600).optional(),
    after: registerCursor
      .transform((place) => {
        const [register = '', year, serial] = place.split('.');
        return { register, year: Number(year), serial: Number(serial) };
      })
      .optional()
      .openapi({ description: AFTER }),
    limit: limitOf(most),
  });

export const idempotencyKey = z
  .string()
  .regex(/^[!-~]{1,200}$/)
  .openapi({
    minLength: 1,
    maxLength: 200,
    description: 'Chosen by the client: the same key again returns the same answer',
  });
