import type { absence as persian } from '../fa/absence.ts';

export const absence: typeof persian = {
  absence: {
    heading: 'Absence and substitute',
    lead: 'While a member is away, the substitute can do everything the member can. Each action is recorded on the member’s behalf, and e-mails go to the substitute.',
    none: 'No absence is registered.',
    nobody: 'No colleague has a suitable role.',
    substitute: 'Substitute',
    choose: 'Choose',
    since: 'From',
    until: 'Until',
    dayHint: 'Like 1405/9/1',
    untilHint: 'Last day of the absence',
    submit: 'Register absence',
    cancel: 'Cancel absence',
    coming: (name: string, since: string, until: string) =>
      `You will be the substitute of ${name} from ${since} to ${until}.`,
    actingFor: (names: string) =>
      `You are a substitute today: your actions are recorded on behalf of ${names} too.`,
    problems: {
      substitute: {
        missing: 'Choose the substitute',
        unsuitable: 'This colleague cannot be the substitute; choose another one',
        away: 'This colleague is away on these days; choose another one',
        circle: 'This member is a substitute on these days; cancel that absence first',
      },
      since: {
        malformed: 'This date was not understood; write it like 1405/9/1',
        overlaps: 'Another absence is registered for these days',
      },
      until: {
        malformed: 'This date was not understood; write it like 1405/9/1',
        before: 'The last day must not be before the first',
        past: 'This day is over',
        too_long: 'An absence lasts at most a year',
      },
    },
  },
};
