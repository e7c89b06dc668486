import type { signIn as persian } from '../fa/sign-in.ts';

export const signIn: typeof persian = {
  signIn: {
    title: 'Sign in to the desk',
    lead: 'Send your letter without coming in person, and see where it is at any time.',
    mobile: 'Mobile number',
    mobileHint: 'Like 09123456789. We text it the sign-in code and the outcome of each letter.',
    captcha: 'Security code',
    captchaHint: 'Type the digits in the picture, in Persian or Latin digits.',
    otherWays: 'I cannot see the picture; another way',
    needsCookies:
      'Your browser did not keep the cookie of this site, and no text was sent. Signing in needs cookies: allow them in the settings of your browser and press “Send code” again.',
    captchaPicture: 'Picture of the security code',
    captchaSound: 'Hear the digits of the picture',
    newPicture: 'New picture',
    proof: {
      instead: 'Or, instead of typing the digits:',
      button: 'I am not a robot',
      working: 'One moment…',
      dear: 'Very many codes are being asked for, so this may take up to a minute…',
      done: 'Done; you need not type the digits.',
      failed: 'That did not work. Press it again, or type the digits in the picture.',
      expired: 'It has expired. Press it again, or type the digits in the picture.',
    },
    send: 'Send code',
    steps: ['Enter your mobile number', 'Type the code we text you', 'Send or follow up a letter'],
    stepsLabel: 'Three steps to the desk',
    problems: {
      mobile: {
        missing: 'Enter your mobile number',
        not_a_mobile: 'Enter a mobile number, like 09123456789',
      },
      captcha: {
        missing: 'Enter the security code',
        wrong: 'The security code does not match the picture; look at the new picture',
      },
    },
  },
  code: {
    title: 'Check your phone',
    lead: {
      sent: {
        before: 'We texted a 6-digit code to',
        after: (minutes) => `. It is good for ${minutes} minutes.`,
      },
      delayed: {
        before: 'If a code is texted to',
        after: (minutes) => `, it is good for ${minutes} minutes.`,
      },
    },
    code: 'Confirmation code',
    confirm: 'Confirm code',
    notReceived: 'Not received a text message?',
    waitMore: (seconds) => `Please wait: you can ask for a new code in ${seconds} seconds.`,
    resend: 'Send the code again',
    waitUntil: (seconds, time) =>
      `A text can take a moment. You can ask for a new code in ${seconds} seconds (at ${time}).`,
    mayResend: 'You can ask for a new code now.',
    reload: 'Refresh the page',
    fillsItself: 'When the text arrives, the code is filled in and sent by itself.',
    correct: 'Change the number',
    problems: {
      missing: 'Enter the confirmation code',
      wrong: 'The confirmation code is not correct',
      used_up: 'This code was tried too many times; ask for a new code',
      expired: 'This code has expired; ask for a new code',
      sent_again: 'This code had expired; we texted a new one, type that one',
    },
  },
  setup: {
    title: 'Set up the desk',
    lead: 'This desk has no administrator yet. Name the organisation, its first unit and its first administrator, who then adds other units and members.',
    code: 'Setup code',
    codeHint: 'The server printed it in its log at start.',
    organisation: 'Name of the organisation',
    unit: 'First unit',
    unitHint: 'A unit that letters are sent to, such as the secretariat.',
    usernameHint: 'User name of the administrator: lower-case letters a-z, digits, dot and hyphen.',
    passwordHint: 'At least 12 characters.',
    submit: 'Set up',
    problems: {
      code: 'The setup code is not right',
      name: 'Write a name of 1 to 120 characters',
      username: {
        malformed: 'A user name has 2 to 64 of: a-z 0-9 . _ -',
        taken: 'Another member has this user name',
      },
      password: {
        too_short: 'A password has at least 12 characters',
        common: 'This password is guessed early: choose another one',
        personal: 'The password holds the user name or the organisation: choose another one',
      },
    },
  },
  staffSignIn: {
    title: 'Staff sign-in',
    username: 'Username',
    password: 'Password',
    submit: 'Sign in',
    invalid: 'The username or password is not correct',
    missing: 'Enter your username and password',
    singleSignOn: (provider: string) => `Sign in with ${provider}`,
    singleSignOnInvalid:
      'You were not signed in: your account at the organisation does not belong to a member of this desk. Ask the administrator.',
    oneTimeOver: 'The time for this first password is over. Ask the administrator for a new one.',
    secondFactorTitle: 'Second step',
    secondFactorLead: 'Type the 6-digit code from the authenticator app on your phone.',
    secondFactor: 'One-time code',
    secondFactorSubmit: 'Continue',
    secondFactorInvalid: 'The one-time code is not correct',
    secondFactorMissing: 'Enter the one-time code',
    passkeyLead:
      'You can also use a passkey of your account: the fingerprint, face or PIN of a device, or a security key.',
    passkey: 'Continue with a passkey',
    passkeyInvalid: 'The passkey was not accepted; try again or choose another way',
    passkeyNeedsScript:
      'Passkeys do not work in this browser. Choose another way, or open another browser.',
    recoveryLink: 'I cannot get at my phone or passkey',
    recoveryTitle: 'Sign in with a recovery code',
    recoveryLead:
      'Type one of the recovery codes you kept when you set up the second step. Each works once. If you have none, the administrator can set the second step up anew.',
    recovery: 'Recovery code',
    recoveryInvalid: 'The recovery code is not correct, or was used before',
    recoveryMissing: 'Enter the recovery code',
    backToCode: 'Back to the one-time code',
  },
};
