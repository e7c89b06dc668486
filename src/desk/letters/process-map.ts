import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { mayAdminister } from '../administration/administrator.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { listDue } from './deadlines.ts';
import type { Spread } from './letter-counts.ts';
import { countQueue } from './letter-queues.sql.ts';
import type { LetterHistory, QueueName } from './letter-queues.sql.ts';
import { countStates, listStays } from './process-map.sql.ts';

export const STAYS_OF_DAYS = 90;

/** Each with the part of the queue that holds the same letters. */
export const BOXES = {
  pending: { queue: 'pending' },
  returned: { queue: 'returned' },
  withdrawn: { queue: 'withdrawn' },
  rejected: { queue: 'rejected' },
  with_unit: { queue: 'with_unit' },
  asked: { queue: 'with_unit', history: 'asked' },
  held: { queue: 'with_unit', history: 'held' },
  answered: { queue: 'answered' },
  closed: { queue: 'closed' },
  annulled: { queue: 'closed', history: 'annulled' },
} as const satisfies Record<string, { queue: QueueName; history?: LetterHistory }>;

export type BoxName = keyof typeof BOXES;

export const BOX_NAMES = Object.keys(BOXES) as BoxName[];

export interface ProcessBox {
  name: BoxName;
  letters: number;
  stay: Spread | null;
  late?: number;
}

const PARTS = ['asked', 'held', 'annulled'] as const;
const WITH_DEADLINE = ['pending', 'with_unit'] as const;

export const readProcessMap = async (
  deps: Deps,
  { staff }: { staff: StaffMember },
): Promise<ProcessBox[]> => {
  if (!mayAdminister(staff)) throw new DomainError('not_allowed');
  const { db } = deps;
  const [states, stays, parts, late] = await Promise.all([
    countStates(db),
    listStays(db, { days: STAYS_OF_DAYS }),
    Promise.all(PARTS.map((name) => countQueue(db, BOXES[name]))),
    Promise.all(WITH_DEADLINE.map((queue) => listDue(deps, { queue, overdue: true }))),
  ]);
  const counts: Map<string, number> = states;
  const spreads: Map<string, Spread> = stays;
  PARTS.forEach((name, place) => counts.set(name, parts[place] ?? 0));
  return BOX_NAMES.map((name) => {
    const place = WITH_DEADLINE.findIndex((queue) => queue === name);
    return {
      name,
      letters: counts.get(name) ?? 0,
      stay: spreads.get(name) ?? null,
      ...(place >= 0 && { late: late[place]?.length ?? 0 }),
    };
  });
};
