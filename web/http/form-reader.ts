/**
 * Streams a posted form: texts into memory within limits, files straight to the desk. Drains the body
 * far enough for the answer to reach the browser, and never throws for what a client sent.
 */
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Busboy,
  type BusboyFileStream,
  type BusboyHeaders,
  type BusboyInstance,
} from '@fastify/busboy';
import type { HonoRequest } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type {
  FileProblem,
  ReceivedFile,
  Sender,
  StoredFile,
} from '../../src/platform/files/stored-file.ts';
import { createPaceWatch, type Pace, type WatchPace } from './body-pace.ts';
import { cleanFileName } from '../../src/platform/files/file-name.ts';
import type { AppEnv, SiteSettings } from '../env.ts';
import { isTampered } from './form-shape.ts';
import { readUnhurried } from '../middleware/deadline.ts';
import { createClientAddress } from '../middleware/rate-limit.ts';
import type { SecurityEvent } from '../security-events.ts';

export interface PostContext {
  env: AppEnv['Bindings'];
  req: Pick<HonoRequest, 'raw'>;
}

export interface PostedForm {
  /**
   * `cut`: ended early, no form, or too many fields; `stalled`: stopped arriving; `too_big`: over
   * the limit.
   */
  state: 'whole' | 'cut' | 'stalled' | 'too_big';
  field(name: string): string;
  fields: ReadonlyMap<string, string>;
  /** In order; none: the form has no file field, or it was left empty. */
  files: PostedFile[];
}

export type PostedFile =
  | Extract<ReceivedFile, { ok: true }>
  | (Extract<ReceivedFile, { ok: false }> & { name: string });

export interface UploadedFiles {
  receiveFile(
    upload: { stream: NodeJS.ReadableStream; fileName: string } & Partial<Sender>,
  ): Promise<ReceivedFile>;
  discardFile(file: StoredFile): Promise<void>;
}

const EVENTS: Partial<Record<FileProblem, SecurityEvent>> = {
  content_mismatch: 'file_refused',
  is_web_page: 'file_refused',
  macros: 'file_refused',
  too_many_pixels: 'file_refused',
  too_many_pages: 'file_refused',
  infected: 'file_refused',
  too_complex: 'file_too_complex',
  too_many_checks: 'file_checks_limited',
};

export interface FileField {
  name?: string;
  most?: number;
}

const KIB = 1024;
const MOST_FIELDS = 32;
const SMALLEST_FORM_CAP = 64 * KIB;
// A big file is read on and dropped up to here, so that the browser gets to see the answer.
const SMALLEST_UPLOAD_CAP = 64 * KIB * KIB;
const NO_END_MS = 20_000;

const bodyOf = (c: PostContext): Readable => {
  // Tests call the app without a server.
  if (c.env?.incoming) return c.env.incoming;
  const body = c.req.raw.body;
  return body ? Readable.fromWeb(body) : Readable.from([]);
};

/** Pipes to `receiver`, and keeps draining after the receiver has had enough. */
const relayTo = (receiver: PassThrough): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (receiver.destroyed || receiver.write(chunk)) return done();
      const goOn = (): void => {
        receiver.off('drain', goOn).off('close', goOn);
        done();
      };
      receiver.on('drain', goOn).on('close', goOn);
    },
    final(done) {
      receiver.end();
      done();
    },
    destroy(error, done) {
      if (error) receiver.destroy(error);
      done(null);
    },
  });

/** Received one after the other: the checks of one form do not crowd out those of others. */
class FormFiles {
  readonly #files: UploadedFiles;
  readonly #most: number;
  readonly #maxBytes: number;
  readonly #sender: Sender | undefined;
  readonly #streams: BusboyFileStream[] = [];
  #received: Promise<PostedFile[]> = Promise.resolve([]);
  isReceiving = false;

  constructor({ files, most, maxBytes, sender }: FormFilesOptions) {
    this.#files = files;
    this.#most = most;
    this.#maxBytes = maxBytes;
    this.#sender = sender;
  }

  skip(stream: BusboyFileStream): void {
    this.#watch(stream);
    stream.resume();
  }

  add(stream: BusboyFileStream, fileName: string): void {
    this.#watch(stream);
    this.#received = this.#received.then((before) => this.#addTo(before, stream, fileName));
    this.#received.catch(() => stream.resume());
  }

  received(): Promise<PostedFile[]> {
    return this.#received;
  }

  cut(why: string): void {
    for (const stream of this.#streams) stream.destroy(new Error(why));
  }

  async discard(received: PostedFile[]): Promise<void> {
    for (const file of received) if (file.ok) await this.#files.discardFile(file.file);
  }

  #watch(stream: BusboyFileStream): void {
    this.#streams.push(stream);
    // Without a listener of its own an unterminated body kills the process.
    stream.on('error', () => {});
  }

  async #addTo(
    before: PostedFile[],
    stream: BusboyFileStream,
    fileName: string,
  ): Promise<PostedFile[]> {
    if (before.length === this.#most) {
      stream.resume();
      return [...before, refused('too_many', fileName)];
    }
    this.isReceiving = true;
    try {
      return [...before, await this.#receive(stream, fileName)];
    } catch (error) {
      stream.resume();
      await this.discard(before);
      throw error;
    } finally {
      this.isReceiving = false;
    }
  }

  async #receive(stream: BusboyFileStream, fileName: string): Promise<PostedFile> {
    if (stream.destroyed) return refused('broken', fileName);
    const receiver = new PassThrough();
    receiver.on('error', () => {});
    const relayed = pipeline(stream, relayTo(receiver));
    const received = this.#files
      .receiveFile({ stream: receiver, fileName, ...this.#sender })
      // What the desk did not read must not hold up the rest of the form.
      .finally(() => receiver.destroy());
    const [read, taken] = await Promise.allSettled([relayed, received]);
    const file = taken.status === 'fulfilled' ? taken.value : undefined;
    const tooBig = stream.bytesRead > this.#maxBytes || stream.truncated;
    if (read.status === 'rejected' || tooBig) {
      if (file?.ok) await this.#files.discardFile(file.file);
      return refused(read.status === 'rejected' ? 'broken' : 'too_big', fileName);
    }
    if (taken.status === 'rejected') throw taken.reason;
    return taken.value.ok ? taken.value : refused(taken.value.problem, fileName);
  }
}

interface FormFilesOptions {
  files: UploadedFiles;
  most: number;
  maxBytes: number;
  sender: Sender | undefined;
}

const refused = (problem: FileProblem, fileName: string): PostedFile => ({
  ok: false,
  problem,
  name: cleanFileName(fileName).name,
});

const createParser = (
  c: PostContext,
  { most, fieldSize, fileSize }: { most: number; fieldSize: number; fileSize: number },
): BusboyInstance =>
  new Busboy({
    headers: { 'content-type': c.req.raw.headers.get('content-type') } as BusboyHeaders,
    // One more than allowed, so that the desk can tell too much from just enough.
    limits: {
      files: most === 1 ? 1 : most + 1,
      parts: MOST_FIELDS + most + 2,
      fields: MOST_FIELDS + 1,
      fieldSize,
      fileSize,
      headerPairs: 20,
      headerSize: 16 * KIB,
    },
  });

export class FormReader {
  readonly #files: UploadedFiles;
  readonly #site: ReaderSettings;
  readonly #onAttempt: (c: PostContext, event: SecurityEvent) => void;
  readonly #addressOf: ReturnType<typeof createClientAddress>;
  readonly #watchPace: WatchPace;
  readonly #before = new WeakMap<Request, PostedForm>();
  readonly #fieldSize: number;
  readonly #formCap: number;
  readonly #uploadCap: number;

  constructor(
    files: UploadedFiles,
    site: ReaderSettings,
    onAttempt: (c: PostContext, event: SecurityEvent) => void = () => {},
  ) {
    const { limits, maxFiles, maxFileBytes } = site;
    this.#files = files;
    this.#site = site;
    this.#onAttempt = onAttempt;
    this.#addressOf = createClientAddress(site);
    this.#watchPace = createPaceWatch(site.pace);
    this.#fieldSize = Math.max(20 * KIB, 4 * limits.text + 4);
    this.#formCap = Math.max(SMALLEST_FORM_CAP, 12 * limits.text + 16 * KIB);
    this.#uploadCap = Math.max(SMALLEST_UPLOAD_CAP, (maxFiles + 1) * maxFileBytes + this.#formCap);
  }

  readFields(c: PostContext): Promise<PostedForm> {
    return this.#remember(c, undefined);
  }

  /** A form whose field `name` goes to the desk. Files of a form that is not whole are discarded. */
  readUpload(c: PostContext, field: FileField, sender?: Sender): Promise<PostedForm> {
    return this.#remember(c, field, sender);
  }

  async readAny(c: PostContext, sender: Sender): Promise<PostedForm> {
    return this.posted(c) ?? this.#remember(c, { most: this.#site.maxFiles }, sender);
  }

  posted(c: PostContext): PostedForm | undefined {
    return this.#before.get(c.req.raw);
  }

  async #remember(
    c: PostContext,
    field: FileField | undefined,
    sender?: Sender,
  ): Promise<PostedForm> {
    const form = await readUnhurried(c, () => this.#read(c, field, sender));
    this.#before.set(c.req.raw, form);
    return form;
  }

  async #read(c: PostContext, field: FileField | undefined, sender?: Sender): Promise<PostedForm> {
    const { name: wanted, most = 1 } = field ?? {};
    const { maxFileBytes: maxBytes } = this.#site;
    const body = bodyOf(c);
    let parser: BusboyInstance;
    try {
      parser = createParser(c, { most, fieldSize: this.#fieldSize, fileSize: maxBytes + 1 });
    } catch {
      body.resume();
      return formOf('cut');
    }
    const fields = new Map<string, string>();
    let count = 0;
    parser.on('field', (name, value) => {
      count += 1;
      if (!fields.has(name)) fields.set(name, value);
    });
    const files = new FormFiles({ files: this.#files, most, maxBytes, sender });
    parser.on('file', (name, stream, fileName) => {
      const isWanted = field !== undefined && (wanted === undefined || name === wanted);
      if (isWanted && fileName) files.add(stream, fileName);
      else files.skip(stream);
    });
    const end = await this.#untilEnd(c, {
      body,
      parser,
      files,
      cap: field === undefined ? this.#formCap : this.#uploadCap,
    });
    // The parser leaves out what is too much without a word.
    const state = end === 'whole' && count > MOST_FIELDS ? 'cut' : end;
    if (state !== 'whole') {
      body.unpipe(parser);
      body.resume();
      files.cut(`the form is ${state}`);
    }
    const received = await files.received();
    this.#noteAttempts(c, fields, received);
    if (state === 'whole') return formOf(state, fields, received);
    await files.discard(received);
    return formOf(state, fields, state === 'too_big' ? [refused('too_big', '')] : []);
  }

  #noteAttempts(c: PostContext, fields: Map<string, string>, received: PostedFile[]): void {
    if (isTampered(fields)) this.#onAttempt(c, 'form_tampered');
    for (const file of received) {
      const event = file.ok ? undefined : EVENTS[file.problem];
      if (event) this.#onAttempt(c, event);
    }
  }

  async #untilEnd(
    c: PostContext,
    { body, parser, files, cap }: ReadingForm,
  ): Promise<PostedForm['state']> {
    let noEnd: NodeJS.Timeout | undefined;
    let bytes = 0;
    let pace: ReturnType<WatchPace> | undefined;
    const state = await new Promise<PostedForm['state']>((resolve) => {
      const watched = { body, bytes: () => bytes, address: this.#addressOf(c) };
      pace = this.#watchPace(watched, () => resolve('stalled'));
      parser.on('finish', () => resolve('whole'));
      parser.on('error', () => resolve('cut'));
      body.on('error', () => resolve('cut'));
      body.on('close', () => {
        if (!body.readableEnded) resolve('cut');
      });
      const awaitEnd = (): void => {
        noEnd = setTimeout(() => (files.isReceiving ? awaitEnd() : resolve('cut')), NO_END_MS);
      };
      body.on('end', awaitEnd);
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > cap) resolve('too_big');
      });
      // Read before, or never to come: its end is not told again.
      if (body.destroyed || body.readableEnded) resolve('cut');
      body.pipe(parser);
    });
    clearTimeout(noEnd);
    pace?.stop();
    return state;
  }
}

type ReaderSettings = Pick<
  SiteSettings,
  'maxFileBytes' | 'maxFiles' | 'limits' | 'trustedProxies'
> & { pace?: Pace };

interface ReadingForm {
  body: Readable;
  parser: BusboyInstance;
  files: FormFiles;
  cap: number;
}

const formOf = (
  state: PostedForm['state'],
  fields: ReadonlyMap<string, string> = new Map(),
  files: PostedFile[] = [],
): PostedForm => ({ state, field: (name) => fields.get(name) ?? '', fields, files });

export const cutStatus = ({ state }: PostedForm): 400 | 408 | undefined => {
  if (state === 'cut') return 400;
  return state === 'stalled' ? 408 : undefined;
};

/**
 * For forms too small to be worth drawing again.
 * @throws HTTPException 400 or 408 cut, 413 too big
 */
export const ensureWhole = (form: PostedForm): void => {
  const status = cutStatus(form);
  if (status !== undefined) throw new HTTPException(status);
  if (form.state === 'too_big') throw new HTTPException(413);
};
