/** The doors of the desk as people use them: sign in, send a letter, approve it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, type HttpClient, multipart, urlEncoded } from './http-client.ts';

export const CAPTCHA_CODE = '12345';

const CODE_ARRIVES_WITHIN_MS = 20_000;

/** @throws when the desk does not let this mobile number in */
export const signInApplicant = async (http: HttpClient, mobile: string): Promise<string> => {
  const first = await http.get('/');
  const captchaId = inside(first, /name="captchaId" value="([^"]+)"/);
  const asked = await http.post(
    '/sign-in',
    urlEncoded({ mobile, captchaId, captcha: CAPTCHA_CODE }),
    cookieOf(first, 'visit'),
  );
  const challenge = cookieOf(expect303(asked, 'sign-in'), 'challenge');
  const code = await readCode(http, mobile);
  const entered = await http.post('/sign-in/code', urlEncoded({ code }), challenge);
  return cookieOf(expect303(entered, 'the SMS code'), 'sid');
};

const readCode = async (http: HttpClient, mobile: string): Promise<string> => {
  const end = Date.now() + CODE_ARRIVES_WITHIN_MS;
  while (Date.now() < end) {
    const { body } = await http.get(`/dev/outbox.json?mobile=${mobile}`);
    const messages = JSON.parse(body) as { kind: string; text: string }[];
    const code = messages.find(({ kind }) => kind === 'code')?.text.match(/#(\d{6})\s*$/)?.[1];
    if (code !== undefined) return code;
    await delay(50);
  }
  throw new Error(`no code for ${mobile} in the SMS outbox`);
};

export const signInStaff = async (
  http: HttpClient,
  account: { username: string; password: string },
): Promise<string> => {
  const { username, password } = account;
  const answer = await http.post('/staff/sign-in', urlEncoded({ username, password }));
  return cookieOf(expect303(answer, 'staff sign-in'), 'staff_sid');
};

/** The first unit that the form of a new letter offers. */
export const findUnitId = async (http: HttpClient, cookie: string): Promise<string> =>
  inside(await http.get('/letters/new', cookie), /<option value="([0-9a-f-]{36})"/);

export interface UploadFile {
  name: string;
  type: string;
  bytes: Buffer;
}

interface Upload {
  cookie: string;
  unitId: string;
  file: UploadFile;
}

/** Whatever the desk says to it. */
export const sendLetter = (http: HttpClient, { cookie, unitId, file }: Upload): Promise<Answer> => {
  const fields = {
    submissionKey: randomUUID(),
    senderName: 'شرکت نمونه',
    unit: unitId,
    subject: 'درخواست پروانهٔ ساخت',
  };
  return http.post('/letters/new', multipart(fields, { field: 'file', ...file }), cookie);
};

/** Returns the id of the letter that was accepted. */
export const submitLetter = async (http: HttpClient, upload: Upload): Promise<string> => {
  const { location = '' } = expect303(await sendLetter(http, upload), 'submission');
  const id = /^\/letters\/([0-9a-f-]{36})/.exec(location)?.[1];
  if (id === undefined) throw new Error(`submission led to ${location}`);
  return id;
};

export const approveLetter = async (
  http: HttpClient,
  { cookie, letterId }: { cookie: string; letterId: string },
): Promise<void> => {
  const path = `/staff/letters/${letterId}/approval`;
  expect303(await http.post(path, urlEncoded({ unit: '' }), cookie), 'approval');
};

const expect303 = (answer: Answer, what: string): Answer => {
  if (answer.status === 303) return answer;
  const shown = /<h1[^>]*>([^<]*)/.exec(answer.body)?.[1] ?? '';
  throw new Error(`${what}: the desk answered ${answer.status} ${shown}`);
};

const cookieOf = ({ cookies }: Answer, name: string): string => {
  const cookie = cookies.find((one) => one.startsWith(`${name}=`));
  if (cookie === undefined) throw new Error(`the desk set no cookie ${name}`);
  return cookie;
};

const inside = ({ body, status }: Answer, pattern: RegExp): string => {
  const found = pattern.exec(body)?.[1];
  if (found === undefined) throw new Error(`a page (${status}) lacks ${pattern.source}`);
  return found;
};
