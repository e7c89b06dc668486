import type { consultation as fa } from '../fa/consultation.ts';

export const consultation: typeof fa = {
  consultation: {
    heading: 'Consultation',
    ask: 'Consult units',
    from: 'of',
    unit: (row: string) => `Unit ${row}`,
    nobody: 'None',
    days: (row: string) => `Deadline of unit ${row} (working days)`,
    daysWrong: (most: string) => `Give the deadline in working days, from 1 to ${most}`,
    text: 'What is asked',
    textHint: 'Staff only; the sender never sees it.',
    textMissing: 'Write what you want an opinion about',
    unitMissing: 'Choose the unit whose opinion you want',
    unitTwice: 'This unit is chosen twice',
    unitGone: 'One of these units takes no letters, or is being consulted already',
    yours: 'Your unit is asked for its opinion about this letter. The unit that has the letter:',
    given: 'Your unit has given its opinion about this letter. The unit that has the letter:',
    opinionHeading: 'Opinion of your unit',
    opinion: 'Opinion',
    opine: 'Give opinion',
    opinionMissing: 'Write the opinion of your unit',
    withdraw: 'Cancel request',
    until: 'until',
    states: {
      waiting: 'Waiting for the opinion',
      overdue: 'Overdue',
      answered: 'Answered',
      withdrawn: 'Request cancelled',
      ended: 'Ended without an opinion',
    },
  },
};
