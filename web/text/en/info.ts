import type { info as persian } from '../fa/info.ts';

export const info: typeof persian = {
  help: {
    title: 'How the desk works',
    lead: 'Send your letter without coming in person, and follow it until the reply.',
    stepsTitle: 'In four steps',
    steps: [
      {
        title: 'Sign in with your mobile',
        text: 'Type your mobile number and the digits of the picture. We text you a code; type it on the next page. You need no account and no password.',
      },
      {
        title: 'Send the letter',
        text: 'Choose “New letter”, give your name, the unit and the subject, choose the file of your letter and press “Submit”.',
      },
      {
        title: 'The secretariat decides',
        text: 'An approved letter gets a number, a registration date and a tracking code, and goes to the unit. You are told the outcome by SMS in any case.',
      },
      {
        title: 'Follow it to the reply',
        text: 'Sign in with the same number. “Get latest status” says where the letter is now, and the reply of the unit comes to the same page.',
      },
    ],
    filesTitle: 'Which file do I send?',
    files: (megabytes: string) => [
      'DOCX, DOC or PDF: a letter that was typed.',
      'JPG, PNG or TIFF: a photograph or scan of a letter on paper. Take it from straight above, in good light.',
      `A file may have up to ${megabytes} MB. Files with a password, with macros, or cut short are not accepted.`,
      'If you have several sheets, put all of them into one PDF or one TIFF.',
    ],
    timeTitle: 'How long does it take?',
    time: [
      'The sign-in code usually comes in less than a minute.',
      'You need not wait on the page: the decision and the reply are told by SMS.',
      'Once you have pressed “Submit” and see the confirmation, the letter is not lost, even if you close the page.',
      'If you hear nothing, sign in and press “Get latest status”, or call the secretariat.',
    ],
    statesTitle: 'What does each state mean?',
    states: {
      pending: 'The letter has arrived, and the secretariat has not decided yet.',
      approved: 'The letter has a number and a tracking code and has gone to the unit.',
      rejected:
        'The letter was not accepted. The reason is on the page of the letter and in the SMS; you may send a new letter.',
      returned:
        'The letter came back to you to be corrected. The page of the letter says what is missing.',
      withdrawn: 'You have withdrawn the letter yourself.',
    },
    stepsOfUnitTitle: 'After approval',
    stepsOfUnit: {
      with_unit:
        'The unit works on the letter. It may refer it to another unit; the page of the letter shows its course.',
      answered: 'The reply of the unit is on the page of the letter.',
      closed: 'The work is done. Letter and reply can still be read.',
    },
    questionsTitle: 'Questions',
    questions: [
      {
        question: 'The SMS did not come.',
        answer:
          'Look at the number again. Wait for a minute, then ask for a new code. A full memory or no reception keeps an SMS away. If others keep asking for codes for your number, ask in a browser where you signed in before.',
      },
      {
        question: 'I have lost my tracking code.',
        answer:
          'It is in the SMS of the approval and in the list of your letters. Just sign in with the same mobile number.',
      },
      {
        question: 'How do I show that I have sent the letter?',
        answer:
          'Choose “Receipt” on the letter’s page, and print or keep it. Whoever reads its QR code sees that it is genuine; name and text of the letter are not shown.',
      },
      {
        question: 'I cannot see the digits of the picture.',
        answer:
          'Ask for a new picture, or open “another way”: listen to the digits, or press “I am not a robot”.',
      },
    ],
    contactTitle: 'Talk to the secretariat',
    picture:
      'Four steps: sign in with a mobile, send the letter, the secretariat decides, the reply comes',
  },
  accessibility: {
    title: 'Accessibility',
    lead: (org: string) =>
      `${org} wants everybody to be able to use this desk. The pages aim at level AA of WCAG 2.2.`,
    canTitle: 'What is provided for',
    can: [
      'Everything can be done with the keyboard alone, and without scripts.',
      'Text can be made four times as large without scrolling sideways.',
      'Colours are readable in light and dark, and each state has its word and its shape.',
      'The digits of the security picture can be heard, and “I am not a robot” stands in for typing them.',
      'Errors are told at the top and at the field, and what you have typed is kept.',
      'Screen readers are told the name of each button, each state, and the direction of each text.',
    ],
    testedTitle: 'How it is tested',
    tested:
      'Before each version, every page and every error message, in Persian and English, 320 to 1280 pixels wide, light, dark and with forced colours, is looked at in a real browser with axe and with checks of our own.',
    notTitle: 'What a machine cannot show',
    not: [
      'Real screen readers (NVDA, TalkBack, VoiceOver) with Persian voices have not been tried.',
      'No person with a disability has assessed these pages yet; so we do not say that they conform fully.',
      'Files that senders and units attach may not be accessible.',
    ],
    reportTitle: 'When something is in your way',
    report:
      'Tell the secretariat which page and what it was. If the desk does not work for you, we take your letter in person or by post as well.',
  },
  privacy: {
    title: 'Privacy',
    lead: (org: string) => `${org} keeps only what it needs to deal with your letter.`,
    keptTitle: 'What is kept, and how long',
    keptColumns: { what: 'What', why: 'What for', until: 'How long' },
    kept: {
      mobile: {
        what: 'Mobile number',
        why: 'Your sign-in, and telling you the outcome',
        until: 'While a letter of yours is kept',
        untilDays: (days: string) => `Until ${days} days after nothing else of yours is kept`,
      },
      letter: {
        what: 'Name of the sender, subject, file of the letter, replies',
        why: 'Dealing with the letter',
      },
      messages: {
        what: 'Text of the SMSs that were sent to you',
        why: 'Finding out whether an SMS has arrived',
        until: 'While its letter is kept',
        untilDays: (days: string) => `${days} days from sending`,
      },
      previews: {
        what: 'Pictures of the pages, and the text, of files of letters and replies',
        why: 'Reading a file without opening it',
        until: 'While the file itself is kept',
      },
      held: {
        what: 'File and text of a form that is not submitted yet',
        why: 'So that you need not choose and type them again',
        until: (minutes: string) => `${minutes} minutes, or until the letter is submitted`,
      },
      presence: {
        what: 'Which member of staff has the letter open',
        why: 'So that two colleagues do not work on one letter unawares; only colleagues see it',
        until: (seconds: string) => `${seconds} seconds after the page is closed`,
      },
      register: {
        what: 'Number, date and unit of the letter in the register',
        why: 'The register has to be complete; it holds no name and no text',
        until: 'For ever',
      },
      audit: {
        what: 'Who did what with the letter, and when',
        why: 'The organisation answers for what it does',
        until: 'For ever; without the text of the letter',
      },
      session: {
        what: 'Your session, and the name of its browser',
        why: 'So that you need not sign in on each page',
        until: (minutes: string, hours: string) =>
          `${minutes} minutes after the last thing you did, ${hours} hours at most`,
      },
    },
    retention: {
      always: 'as long as the rules of the archive say',
      rejected: (until: string) => `A rejected letter: ${until}`,
      withdrawn: (until: string) => `A withdrawn letter: ${until}`,
      closed: (until: string) => `An approved letter: ${until}`,
      days: (days: string) => `${days} days from its end`,
    },
    whoTitle: 'Who sees it',
    who: [
      'The staff of the secretariat, who decide about the letter. They and the administrator see your whole number only at the help desk, and every look is recorded.',
      'The staff of the unit that has the letter. They do not see your whole mobile number.',
      'The administrator and the auditor; what they do is recorded.',
      'Other systems of the organisation, when it has given them a key; what they do is recorded too.',
      'No other sender sees your letter, not even with its tracking code.',
    ],
    cookiesTitle: 'Cookies',
    cookiesLead: 'Only those without which the desk does not work:',
    cookies: [
      { cookie: 'sid', what: 'your session' },
      { cookie: 'visit', what: 'that your browser keeps cookies, for a day' },
      {
        cookie: 'known',
        what: 'that you signed in with this browser, so that requests of others cannot block your code; for a year',
      },
      {
        cookie: 'challenge, confirm',
        what: 'between asking for a code and typing it, for some minutes',
      },
      { cookie: 'next', what: 'after your session has ended: the page you were on' },
      {
        cookie: 'parked',
        what: 'after your session has ended: the form that is kept for you, for a short time',
      },
      { cookie: 'staff_sid, staff_pending, sign_on', what: 'sessions of staff' },
      {
        cookie: 'staff_known',
        what: "that a member of staff signed in with this browser, so that others' wrong passwords cannot lock them out; for a year",
      },
      { cookie: 'keys', what: 'That the keys of the staff desk are off, a year' },
      { cookie: 'lang', what: 'the language you have chosen, for a year' },
    ],
    noneTitle: 'What there is not',
    none: 'There is no analytics, no advertising and no file of another site in these pages.',
    askTitle: 'What you may ask for',
    ask: 'To see, correct or erase what is kept of you, call the secretariat.',
  },
  design: {
    title: 'Components of the pages',
    lead: 'Each component, in both directions and both themes. For those who build the pages.',
    light: 'Light theme',
    dark: 'Dark theme',
    colours: 'Colours',
    type: 'Type',
    buttons: 'Buttons and links',
    fields: 'Fields',
    notices: 'Notices',
    states: 'States',
    letter: 'Letter',
    table: 'Table',
    navigation: 'Tabs and pages',
    timeline: 'Timeline',
    progress: 'Progress',
    dialog: 'Dialog',
    icons: 'Icons',
    sample: {
      subject: 'Renewal of a trade licence',
      longSubject: 'Attachment site_visit_2026-11-22.pdf (version 2) for 12/3 Azadi Street',
      name: 'Maryam Ahmadi',
      unit: 'Legal affairs',
      hint: 'A short hint below the name.',
      problem: 'Fill in this field',
      heading: 'Heading of a section',
      text: 'Plain text with a link in the sentence, the number 1405/12 and the word فارسی.',
      link: 'link',
      primary: 'Main action',
      secondary: 'Second action',
      quiet: 'Quiet action',
      empty: 'There is nothing here yet.',
      uploaded: (percent: string) => `${percent} per cent sent`,
      question: 'Withdraw this letter?',
    },
  },
};
