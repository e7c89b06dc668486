import type { letters as persian } from '../fa/letters.ts';

export const letters: typeof persian = {
  list: {
    title: 'My letters',
    newLetter: 'New letter',
    latest: 'Get latest status',
    searchHeading: 'Follow up an approved letter',
    searchHint: 'The code we texted after approval, like',
    searchCode: 'Tracking code',
    search: 'Search',
    searchMissing: 'Enter the tracking code',
    searchResult: 'Search result',
    notFound:
      'No letter was found with this code. Compare it with the text message; only your own approved letters have one.',
    showAll: 'Show all letters',
    count: (count) => (count === '1' ? '1 letter' : `${count} letters`),
    firstTitle: 'Welcome to the desk',
    firstLead: 'Here you can send a new letter, or follow up one that was approved.',
    firstNewText:
      'Write or scan your letter, choose the unit it is for, and send it. We text you the outcome.',
    hasReply: 'The unit has replied',
  },
  receipt: {
    link: 'Receipt',
    title: 'Receipt of a letter',
    lead: 'The letter was accepted with this very file, at this time.',
    backToLetter: 'Back to the letter',
    submissionNumber: 'Submission number',
    at: { submitted: 'Accepted at', registered: 'Registered at' },
    exactTime: 'The same time in ISO 8601',
    round: 'Round',
    rounds: (round) => `${round} (after a correction)`,
    unit: 'Addressed to',
    fileName: 'File name',
    size: 'File size',
    bytes: (bytes) => `${bytes} bytes`,
    sha256: 'SHA-256 of the file',
    code: 'QR code of the address where this receipt is checked',
    checkTitle: 'Is it genuine?',
    check:
      'Anybody can check it by reading the code with a camera. Name and text of the letter are not shown there.',
    checkHere: 'Check this receipt',
    pdf: 'Get the receipt (PDF)',
    stamped: 'First page with the register’s stamp (PDF)',
    status: 'Number',
    annulledTitle: (number) => `Letter number ${number} — annulled`,
    stampTitle: (number) => `Letter ${number}`,
    stampOf: 'Copy of the letter’s first page',
    notShown:
      'The first page of this file cannot be shown here. This sheet stands in for it; the file itself is untouched.',
    checkOnPaper: (address) => `Check it by reading the code: ${address}`,
  },
  verify: {
    title: 'Check a receipt',
    lead: 'With a receipt that this desk has given, anybody can see with which file and when a letter was accepted or registered. Sender, subject and text are not shown.',
    receipt: 'Code or address of the receipt',
    receiptHint:
      'Read the receipt’s QR code with the camera of a phone, or put the address that it opens here.',
    submit: 'Check',
    problems: {
      missing: 'Enter the code or address of the receipt',
      malformed: 'This is not the code of a receipt; enter the whole address',
    },
    genuine: 'This receipt is genuine',
    genuineLead: (org) => `It was given by ${org}, and nothing in it has been changed.`,
    states: {
      submitted: 'A letter with this file was accepted.',
      registered: 'A letter with this file was entered in the register.',
    },
    annulled: 'This number was annulled later:',
    withdrawn: 'Its sender withdrew the letter later:',
    replaced: 'The letter was corrected and sent again later; that has a receipt of its own.',
    erased: 'The content of the letter was erased when its time was over:',
    notRecorded:
      'The signature is good, but the desk’s record does not hold what the receipt says. Contact the secretariat.',
    false: 'This receipt is not genuine',
    falseLead:
      'This desk has not given such a receipt, or a part of its address is missing or changed.',
    falseNext:
      'Read the code again or enter the whole address. If it still is not genuine, do not rely on it.',
    fileTitle: 'Is the file that you have the same?',
    fileLead: 'Choose the file. It is only compared with the receipt, and not kept.',
    fileStays: 'It is compared on this device and not sent.',
    file: 'File',
    compare: 'Compare',
    comparing: 'Comparing…',
    same: 'This is the file of the receipt, byte for byte.',
    other:
      'This is not the file of the receipt. The smallest change, such as saving it again, makes another file.',
    fileMissing: 'Choose the file to compare',
    key: 'Public key of the receipts, to check one without the desk',
    again: 'Check another receipt',
  },
  newLetter: {
    title: 'New letter',
    senderName: 'Full name / company name',
    unit: 'Addressed unit',
    unitChoose: 'Choose a unit',
    subject: 'Subject',
    file: 'File',
    fileHint: (megabytes) =>
      `Choose your letter as DOCX, DOC, PDF, JPG, PNG or TIFF, up to ${megabytes} MB.`,
    submit: 'Submit',
    afterSubmit:
      'Your request goes to the organisation as “Under review”, and we text you the outcome.',
    noUnits: 'No unit has been set up to receive letters yet.',
    sentBefore:
      'You sent another letter by this form before. What is written here now is not sent yet; if it is a new letter, press “Submit” again.',
    seeEarlier: 'See the earlier letter',
    problems: {
      sender_missing: 'Enter your full name or company name',
      sender_long: (max) => `The name must be ${max} characters or fewer`,
      unit_missing: 'Choose the unit that the letter is for',
      unit_gone: 'This unit no longer takes letters; choose another unit',
      subject_missing: 'Enter the subject',
      subject_long: (max) => `The subject must be ${max} characters or fewer`,
      body_cut:
        'The letter did not reach us whole and was not stored; choose the file and send it again',
    },
  },
  file: {
    problems: {
      missing: 'Choose a file',
      empty: 'The chosen file is empty; save it again or choose another file',
      too_big: (megabytes) => `The file must be smaller than ${megabytes} MB`,
      wrong_extension:
        'The file must be a DOCX, DOC, PDF, JPG, PNG or TIFF; save it in one of these formats',
      content_mismatch:
        'The content of the file does not match its extension; open it in its own program and save it as PDF',
      macros: 'The chosen file has macros; save it without macros or as PDF',
      encrypted: 'The chosen file is password protected; save it without a password',
      too_many_pixels: 'The picture has too many pixels; save it smaller',
      too_many_pages: 'The file has too many pages; send it in several letters',
      infected:
        'The chosen file has a virus; check your device with a virus scanner and send a clean file',
      too_complex:
        'This file is built in too complex a way for the desk to check; save it again or print it to PDF, and send the new file',
      too_many_checks:
        'Checking your files has taken too much in the last few minutes; send again in ten minutes',
      busy: 'The desk cannot check this file right now; choose it again in a few moments and send it',
      broken:
        'The chosen file is incomplete or damaged; open it in its own program, save it again and send that',
      is_rtf: 'This file is an RTF document; open it in Word and save it as DOCX or PDF',
      is_open_document:
        'This file is an OpenDocument file (such as ODT); open it in LibreOffice and save it as DOCX or PDF',
      is_spreadsheet:
        'This file is a spreadsheet (such as Excel); open it in Excel and save it as PDF',
      is_presentation:
        'This file is a presentation (such as PowerPoint); open it and save it as PDF',
      is_pages:
        'This file is an Apple Pages, Numbers or Keynote document; open it and export it to PDF',
      is_other_document:
        'This file is a document in another format; open it in Word or its own program and save it as DOCX or PDF',
      is_other_picture:
        'This file is a picture in another format (such as GIF, BMP or SVG); save it as JPG or PNG',
      is_media: 'This file is a video or a sound; send the letter as PDF or as a photo',
      is_archive: 'This file is an archive (such as ZIP); open it and send the file that is in it',
      is_web_page: 'This file is a web page (HTML); open it in a browser and print it to PDF',
      is_email: 'This file is an e-mail; open it and print it to PDF',
      is_text: 'This file is plain text; open it in Word and save it as DOCX or PDF',
    },
    scan: {
      waiting: 'Being checked for viruses; it cannot be opened yet',
      infected: 'Has a virus and cannot be opened',
    },
    flagsLead: 'Before you open this file on your computer, know that:',
    flags: {
      external_links: 'This file links to outside addresses that are loaded when it is opened.',
      embedded_objects: 'This file holds files or objects of other programs.',
      field_commands: 'This file has a command that tries to start another program (DDE).',
      foreign_parts: 'A part of this file is in another format that the program adds to the text.',
      xml_entities: 'The structure of this file is unusual (entities defined in XML).',
      javascript: 'This PDF has a program in it (JavaScript).',
      launch: 'This PDF tries to open a program or another file, or to send a form.',
      attachments: 'This PDF has files attached.',
      rich_content: 'This PDF has an XFA form or content that not every program shows.',
      location: 'This picture holds the place where it was taken.',
    },
    download: 'Download file',
    held: 'This file was kept; you need not choose it again.',
    heldOther: 'To send another file in its place, choose another file.',
    heldRemove: 'Remove the kept file',
    heldGone: 'The file is not kept any more; choose the file again',
    upload: {
      drop: 'Or drag the file and drop it here.',
      camera: 'Take a photo',
      several: 'Only one file can be sent; choose one',
      sending: (percent) => `${percent} sent.`,
      checking: 'Sent; being checked…',
      retrying: 'The connection was cut; it is being sent again…',
      cancel: 'Stop sending',
      cancelled: 'Sending was stopped and nothing was recorded.',
    },
    bytes: 'bytes',
    kilobytes: 'KB',
    megabytes: 'MB',
  },
  letter: {
    backToList: 'My letters',
    latest: 'Get latest status',
    timeline: 'Course of the letter',
    replies: 'Reply of the unit',
    replyFrom: 'Reply from',
    details: 'Details',
    repeat: 'It looks like a repeat: you sent the same file before,',
    repeatNext: 'If that was no mistake, there is nothing to do.',
    repeatSee: 'See the earlier letter',
    news: (state) => `State of the letter: ${state}`,
    withdraw: 'Withdraw the letter',
    correct: 'Correct and send again',
    withdrawalOpen: 'Your withdrawal is recorded and being processed.',
    fileWaiting:
      'The file is being checked for viruses. Until then nobody opens it; there is nothing you have to do.',
    submittedLead:
      'Your letter went to the secretariat as “Under review”. We will text the outcome to your mobile.',
    next: {
      pending:
        'The secretariat looks at the letter. Once approved, its number, registration date and tracking code are texted to you and shown here.',
      approved: '',
      rejected: 'You can send a new letter that answers the reason given.',
      returned: 'The letter came back to you to be corrected.',
      withdrawn: 'This letter was withdrawn at your wish.',
    },
    status: {
      heading: 'Latest status',
      pending: 'Your letter is with the secretariat, under review.',
      with_unit: 'Your letter is approved and is now with this unit:',
      answered: 'This unit has replied to your letter:',
      closed: 'Work on your letter has ended. Last unit:',
      annulled:
        'The number of your letter was annulled and is no longer valid. The reason stands on this page.',
      rejected: 'Your letter was rejected. The reason stands on this page.',
      returned: 'The letter came back to you to be corrected.',
      withdrawn: 'This letter was withdrawn at your wish.',
      fromWorkflow: 'Asked of the letter’s running workflow,',
      engineAway:
        'The letter’s workflow cannot be reached now; this was read from the desk’s record,',
      ended: 'The letter’s workflow has ended; this was read from the desk’s record,',
      seeReply: 'See the reply',
    },
  },
  withdrawal: {
    title: 'Withdraw the letter',
    lead: 'A withdrawn letter is not reviewed any more and gets no registration number. This cannot be undone; you can send a new letter at any time.',
    confirm: 'Yes, withdraw it',
    back: 'No, keep it',
    tooLate: {
      title: 'The letter was not withdrawn',
      approve:
        'The secretariat approved this letter before you withdrew it. It is registered and with the unit.',
      reject: 'The secretariat rejected this letter before you withdrew it.',
      return:
        'The secretariat sent this letter back to be corrected before you withdrew it. You can correct it, or still withdraw it.',
      other: 'Work on this letter ended before you withdrew it.',
      at: 'When',
      see: 'See the letter',
    },
  },
  objection: {
    link: 'Object',
    title: 'Object to the rejection',
    lead: 'Somebody else, not the person who rejected it, reviews the letter again. You can object once.',
    until: 'If you think that this decision is wrong, you can object to it once, until',
    untilEnd: '.',
    text: 'Your objection',
    hint: 'Say why the decision is wrong. A new file can be sent with a new letter.',
    submit: 'Send objection',
    missing: 'Write your objection',
    underReview:
      'Your objection was received, and somebody else reviews the letter again. We will text the outcome.',
    final: 'This was decided after your objection and is final. You can send a new letter.',
    notOpen: {
      title: 'The objection was not recorded',
      text: 'The letter is not rejected, or was objected to before, or the time to object is over.',
    },
    mark: 'Objection',
    ownMark: 'Objection to your rejection',
    heading: 'The sender’s objection',
    staffLead: 'The sender objects to the rejection of this letter. What you decide is final.',
    own: 'The sender objects to your rejection of this letter; a colleague decides about it.',
    nobody:
      'At present nobody but you can decide letters. An administrator has to add another reviewer; until then this objection waits.',
  },
  correction: {
    title: 'Correct the letter',
    lead: 'Change what is needed; the rest stays as it is.',
    currentFile: 'Present file',
    file: 'New file',
    fileHint: (megabytes) =>
      `Without a new file the present one stays. DOCX, DOC, PDF, JPG, PNG or TIFF, up to ${megabytes} MB.`,
    fileHintInfected: (megabytes) =>
      `A virus was found in the present file, and the letter cannot be sent again with it. DOCX, DOC, PDF, JPG, PNG or TIFF, up to ${megabytes} MB.`,
    fileInfected: 'A virus was found in the present file; choose another file',
    submit: 'Send again',
    notOpen: {
      title: 'This letter is not open to correction now',
      text: 'Nothing was stored. It may have been corrected before, or withdrawn.',
    },
    sentBefore: {
      title: 'This letter has been corrected and sent before',
      text: 'Your first correction was stored. What you sent now is different and was not stored.',
    },
  },
  ownAccount: {
    link: 'My account',
    title: 'My account',
    back: 'My letters',
    mobile: 'Mobile number',
    foreignCodes: (count, from, to) =>
      `Between ${from} and ${to}, ${count} sign-in codes were requested for your number and not used. If that was not you, somebody else typed your number: never pass on a code. In a browser where you signed in before you can always get a code.`,
    lead: 'Where your number is signed in. End a session you do not know: without an SMS code, which only your phone gets, it does not open again.',
    confirm: {
      title: 'Confirm with a code by SMS',
      leadOne: 'Before this session ends, we need to know that the number is yours.',
      leadOthers: 'Before the other sessions end, we need to know that the number is yours.',
      sentTo: 'We texted a 6-digit code to',
      goodFor: (minutes) => `It is good for ${minutes} minutes.`,
      endOne: 'Confirm and end the session',
      endOthers: 'Confirm and end the other sessions',
      cancel: 'Cancel',
    },
  },
};
