/**
 * Uploads of one person that are taken in at a time. The next ones wait with their bodies unread,
 * which costs a connection and no CPU time, and there is an end to those too.
 */
import { finished } from 'node:stream';

export interface UploadLine {
  /**
   * @returns what gives the place back; `full`: too many wait already; `late`: none came free in
   *   time; `gone`: the upload broke off
   */
  enter(owner: string, stream: NodeJS.ReadableStream): Promise<(() => void) | Refusal>;
}

type Refusal = 'full' | 'late' | 'gone';

export interface UploadLineSettings {
  /** Of one person. */
  atOnce: number;
  waiting: number;
  waitMs: number;
}

/** One is read in while another is checked. */
export const UPLOAD_LINE: UploadLineSettings = { atOnce: 2, waiting: 6, waitMs: 45_000 };

interface Person {
  places: number;
  waiting: Set<() => void>;
}

export const createUploadLine = (settings: UploadLineSettings = UPLOAD_LINE): UploadLine => {
  const people = new Map<string, Person>();

  const placeOf = (owner: string, person: Person) => (): void => {
    const [next] = person.waiting;
    if (next) return next();
    person.places -= 1;
    if (person.places === 0) people.delete(owner);
  };

  const wait = (person: Person, stream: NodeJS.ReadableStream): Promise<'served' | Refusal> =>
    new Promise((resolve) => {
      const settle = (how: 'served' | Refusal) => (): void => {
        person.waiting.delete(serve);
        clearTimeout(late);
        stopWatching();
        resolve(how);
      };
      const serve = settle('served');
      const late = setTimeout(settle('late'), settings.waitMs);
      const stopWatching = finished(stream, settle('gone'));
      person.waiting.add(serve);
    });

  return {
    async enter(owner, stream) {
      const person = people.get(owner) ?? { places: 0, waiting: new Set() };
      people.set(owner, person);
      if (person.places < settings.atOnce) {
        person.places += 1;
        return placeOf(owner, person);
      }
      if (person.waiting.size >= settings.waiting) return 'full';
      const how = await wait(person, stream);
      return how === 'served' ? placeOf(owner, person) : how;
    },
  };
};
