export const units = {
  units: {
    add: 'Add a unit',
    addTitle: 'New unit',
    editTitle: 'Change a unit',
    name: 'Name of the unit',
    nameHint: 'Senders of letters see this name and choose among them.',
    renameHint: 'Earlier letters are shown with the new name too.',
    save: 'Save',
    secondLook: 'A second person releases replies',
    ladder: {
      legend: 'Deadlines of this unit, in working days',
      lead: 'An empty field means the deadline of all units. A change also covers letters that are with the unit; a reminder that was sent is not sent again.',
      answerDays: 'Deadline of an answer',
      remindDays: 'Reminder, days before the deadline',
      escalateDays: 'Escalation to heads and administrators, days after the deadline',
      hint: (days: string) => `All units: ${days}; 0 means none`,
      malformed: 'Enter a number from 0 to 365, or leave the field empty',
    },
    active: 'Active',
    retired: 'Retired',
    columns: {
      name: 'Unit',
      undecided: 'Waiting for a decision',
      open: 'Open with the unit',
      state: 'State',
    },
    retireHeading: 'Retire the unit',
    retireText:
      'Applicants can no longer choose it, and no letter is referred to it. Letters that are open with the unit stay there, to be answered, referred or closed. A letter that is not decided yet is given to another unit when it is approved. This cannot be undone; a new unit with the same name can be added.',
    retireLetters: (undecided: string, open: string) =>
      `It now has ${undecided} letters that wait for a decision and ${open} that are open.`,
    retire: 'Retire',
    problems: {
      missing: 'Enter the name of the unit',
      too_long: 'The name must be 120 characters or fewer',
      taken: 'There is a unit with this name',
    },
  },
};
