import type { registers as persian } from '../fa/registers.ts';

export const registers: typeof persian = {
  registers: {
    lead: 'An approved letter is numbered in the register of its unit. Numbers have no gap and start at 1 every year.',
    add: 'Add a register',
    addTitle: 'New register',
    editTitle: 'Register',
    name: 'Name of the register',
    nameHint: '1 to 31 lowercase Latin letters, digits and hyphens. It cannot be changed later.',
    template: 'Number template',
    templateHint:
      'Such as {year}/{serial}; {yy} is the year in two digits, {serial:5} a serial of five digits.',
    firstSerial: 'First serial of this year (optional)',
    firstSerialHint: 'When the paper book ended at 217 this year, enter 218.',
    next: 'Next number:',
    preview: 'Preview',
    save: 'Save',
    fixed:
      'This register has given numbers this year: template and first serial stay until it ends.',
    unitsHeading: 'Units of this register',
    unit: 'Unit',
    unitHint: 'Letters approved for this unit from now on are numbered in this register.',
    assign: 'Assign to this register',
    columns: {
      name: 'Register',
      template: 'Number template',
      next: 'Next number',
      entries: 'Entries',
      units: 'Units',
    },
    problems: {
      name_malformed: 'Enter a name of lowercase Latin letters, digits and hyphens',
      name_taken: 'There is a register with this name',
      template_malformed:
        'A template has {serial} once and {year} or {yy}, no spaces, and no digit right before {serial}',
      template_taken: 'Another register has this template; two letters would have one number',
      template_fixed: 'This register has given numbers this year; its template does not change',
      firstSerial: 'The first serial is a whole number from 1',
    },
  },
};
