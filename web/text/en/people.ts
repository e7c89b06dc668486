import type { people as fa } from '../fa/people.ts';

export const people: typeof fa = {
  people: {
    link: 'Help desk',
    title: 'Help desk',
    lead: 'Find a sender by mobile number or name. Every search and every look stays in the audit trail.',
    search: 'Mobile number or name',
    submit: 'Search',
    none: 'Nobody was found by this name. Type whole words of the name, or the whole mobile number.',
    notWhole: 'More people match than can be shown; type more of the name.',
    unknown: 'Nobody has signed in with this number yet.',
    noName: 'Name not available',
    columns: { name: 'Name', mobile: 'Mobile number', letters: 'Letters', last: 'Last letter' },
    back: 'Help desk',
    mobile: 'Mobile number',
    names: 'Names in letters',
    sessions: 'Open sessions',
    number: {
      heading: 'Sign-in and codes',
      lead: 'What happened with this number in the last day. The codes themselves are shown nowhere.',
      fine: 'This number is not limited and can be sent a code.',
      limited: (until) =>
        `This number has reached the limit of codes: in a new browser it gets none until ${until}.`,
      ownLimited: (until) =>
        `In a browser that signed in with it before it gets none until ${until} either.`,
      ownFine: 'In a browser that signed in with it before it still gets codes.',
      foreign: (codes, from, to, until) =>
        `${codes} codes were asked for in unknown browsers from ${from} to ${to} and not typed: either SMS do not arrive, or others ask for codes for this number. If it does not go on, they no longer count after ${until}.`,
      full: {
        prefix:
          'Very many codes were requested for neighbouring numbers; sending resumes within ten minutes.',
        operator:
          'Very many codes were requested for numbers of this operator; sending resumes within ten minutes.',
        desk: 'The desk is crowded and sends codes only to those who signed in before; it opens in ten minutes at most.',
      },
      none: 'No code was asked for with this number in the last day.',
      columns: {
        asked: 'Asked for',
        sent: 'SMS with the code',
        tries: 'Wrong codes',
        end: 'Outcome',
      },
      known: 'Known browser',
      stranger: 'New browser',
      notSent: 'Not sent: limit of codes',
      tries: (tries) => `${tries} times`,
      ends: {
        typed: 'Signed in',
        used_up: 'Closed after wrong codes',
        expired: 'Not typed, expired',
        open: 'Still valid',
      },
    },

    correction: {
      open: 'Correct the name',
      lead: 'The new name stands in every letter that has the wrong one now, and the sender sees it. The register and what was stamped before stay as they are.',
      before: 'Name now',
      name: 'Right name',
      reason: 'Reason for the correction',
      reasonHint: 'Only colleagues see it.',
      submit: 'Save the right name',
      heading: 'Corrected names',
      problems: {
        before: 'Choose the name to correct',
        missing: 'Type the right name',
        same: 'That is the name as it stands',
        reason: 'Type the reason for the correction',
        gone: 'No letter has that name any more; a colleague may have corrected it',
      },
    },
    openMoves: 'Proposed moves that wait for approval',
    move: {
      open: 'Propose to move the letters to another number',
      heading: 'Move to another number',
      lead: 'The letters sent with this number until now move to the new one once a colleague has approved it. The old number is notified by SMS and its sessions end. Verify the caller’s identity before you propose it.',
      mobile: 'New mobile number',
      reason: 'Reason for the move',
      reasonHint: 'Say how you verified their identity. Only colleagues see it.',
      submit: 'Propose the move',
      waits: 'This move waits for approval. Nothing is moved until then.',
      ownWaits: 'Your proposal waits for the approval of a colleague. Nothing is moved until then.',
      proposed: 'Proposed by',
      acts: {
        approve: 'Approve the move',
        refuse: 'Refuse the proposal',
        withdraw: 'Withdraw the proposal',
      },
      outcomes: { moved: 'Moved', refused: 'Refused', withdrawn: 'Withdrawn' },
      here: 'To this number',
      obstacles: {
        not_signed_in:
          'Before the approval, the person has to sign in to the desk with the new number; a sign-in from before this proposal does not count.',
        old: 'This proposal is more than 7 days old and can no longer be approved. Once it is refused or withdrawn, another one can be made.',
      },
      problems: {
        mobile: 'Type the new mobile number in full, such as 09123456789',
        same: 'That is the number as it stands',
        reason: 'Type the reason for the move',
        open: 'Another proposal for this person is open',
      },
    },
    letters: 'Letters',
    noLetters: 'No letters.',
    letterColumns: {
      subject: 'Subject',
      name: 'Name in the letter',
      state: 'State',
      number: 'Letter number',
      sent: 'Sent',
      unit: 'Unit',
    },
    messages: 'SMS about letters',
    noMessages: 'No SMS about letters was sent.',
  },
};
