/**
 * Streams a posted form: texts into memory within limits, files straight to the desk, one after the
 * other. Drains
 * the body far enough for the answer to reach the browser, and never throws for what a client sent.
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
import { createPaceWatch, type Pace } from './body-pace.ts';
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

export interface FormReader {
  readFields(c: PostContext): Promise<PostedForm>;
  /** A form whose field `name` goes to the desk. Files of a form that is not whole are discarded. */
  readUpload(c: PostContext, field: FileField, sender?: Sender): Promise<PostedForm>;
  readAny(c: PostContext, sender: Sender): Promise<PostedForm>;
  posted(c: PostContext): PostedForm | undefined;
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

export const createFormReader = (
  files: UploadedFiles,
  site: Pick<SiteSettings, 'maxFileBytes' | 'maxFiles' | 'limits' | 'trustedProxies'> & {
    pace?: Pace;
  },
  onAttempt: (c: PostContext, event: SecurityEvent) => void = () => {},
): FormReader => {
  const addressOf = createClientAddress(site);
  const watchPace = createPaceWatch(site.pace);
  const before = new WeakMap<Request, PostedForm>();
  const fieldSize = Math.max(20 * KIB, 4 * site.limits.text + 4);
  const formCap = Math.max(SMALLEST_FORM_CAP, 12 * site.limits.text + 16 * KIB);
  const uploadCap = Math.max(
    SMALLEST_UPLOAD_CAP,
    (site.maxFiles + 1) * site.maxFileBytes + formCap,
  );

  const receive = async (
    stream: BusboyFileStream,
    fileName: string,
    sender: Sender | undefined,
  ): Promise<PostedFile> => {
    const refused = (problem: FileProblem): PostedFile => ({
      ok: false,
      problem,
      name: cleanFileName(fileName).name,
    });
    if (stream.destroyed) return refused('broken');
    const receiver = new PassThrough();
    receiver.on('error', () => {});
    const relayed = pipeline(stream, relayTo(receiver));
    const received = files.receiveFile({ stream: receiver, fileName, ...sender }).finally(() => {
      // What the desk did not read must not hold up the rest of the form.
      receiver.destroy();
    });
    const [read, taken] = await Promise.allSettled([relayed, received]);
    const file = taken.status === 'fulfilled' ? taken.value : undefined;
    const tooBig = stream.bytesRead > site.maxFileBytes || stream.truncated;
    if (read.status === 'rejected' || tooBig) {
      if (file?.ok) await files.discardFile(file.file);
      return refused(read.status === 'rejected' ? 'broken' : 'too_big');
    }
    if (taken.status === 'rejected') throw taken.reason;
    return taken.value.ok ? taken.value : refused(taken.value.problem);
  };

  const discardAll = async (received: PostedFile[]): Promise<void> => {
    for (const file of received) if (file.ok) await files.discardFile(file.file);
  };

  const read = async (
    c: PostContext,
    fileField: FileField | undefined,
    sender?: Sender,
  ): Promise<PostedForm> => {
    const fields = new Map<string, string>();
    const form = (state: PostedForm['state'], received: PostedFile[] = []): PostedForm => ({
      state,
      field: (name) => fields.get(name) ?? '',
      fields,
      files: received,
    });
    const body = bodyOf(c);
    const cap = fileField === undefined ? formCap : uploadCap;
    const { name: wanted, most = 1 } = fileField ?? {};

    let parser: BusboyInstance;
    try {
      parser = new Busboy({
        headers: { 'content-type': c.req.raw.headers.get('content-type') } as BusboyHeaders,
        // One more than allowed, so that the desk can tell too much from just enough.
        limits: {
          files: most === 1 ? 1 : most + 1,
          parts: MOST_FIELDS + most + 2,
          fields: MOST_FIELDS + 1,
          fieldSize,
          fileSize: site.maxFileBytes + 1,
          headerPairs: 20,
          headerSize: 16 * KIB,
        },
      });
    } catch {
      body.resume();
      return form('cut');
    }

    const streams: BusboyFileStream[] = [];
    let receiving: Promise<PostedFile[]> = Promise.resolve([]);
    let isReceiving = false;
    let count = 0;
    parser.on('field', (name, value) => {
      count += 1;
      if (!fields.has(name)) fields.set(name, value);
    });
    parser.on('file', (name, fileStream, fileName) => {
      streams.push(fileStream);
      // Without a listener of its own an unterminated body kills the process.
      fileStream.on('error', () => {});
      if (fileField === undefined || (wanted !== undefined && name !== wanted) || !fileName) {
        fileStream.resume();
        return;
      }
      // One after the other: the checks of one form do not crowd out those of others.
      receiving = receiving.then(async (before): Promise<PostedFile[]> => {
        isReceiving = true;
        if (before.length === most) {
          fileStream.resume();
          return [
            ...before,
            { ok: false, problem: 'too_many', name: cleanFileName(fileName).name },
          ];
        }
        try {
          return [...before, await receive(fileStream, fileName, sender)];
        } catch (error) {
          fileStream.resume();
          await discardAll(before);
          throw error;
        } finally {
          isReceiving = false;
        }
      });
      receiving.catch(() => fileStream.resume());
    });

    let noEnd: NodeJS.Timeout | undefined;
    let bytes = 0;
    let pace: ReturnType<typeof watchPace> | undefined;
    const outcome = await new Promise<PostedForm['state']>((resolve) => {
      const watched = { body, bytes: () => bytes, address: addressOf(c) };
      pace = watchPace(watched, () => resolve('stalled'));
      // The parser leaves out what is too much without a word.
      parser.on('finish', () => resolve(count > MOST_FIELDS ? 'cut' : 'whole'));
      parser.on('error', () => resolve('cut'));
      body.on('error', () => resolve('cut'));
      body.on('close', () => {
        if (!body.readableEnded) resolve('cut');
      });
      const awaitEnd = (): void => {
        noEnd = setTimeout(() => (isReceiving ? awaitEnd() : resolve('cut')), NO_END_MS);
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

    if (outcome !== 'whole') {
      body.unpipe(parser);
      body.resume();
      for (const stream of streams) stream.destroy(new Error(`the form is ${outcome}`));
    }
    const received = await receiving;
    if (isTampered(fields)) onAttempt(c, 'form_tampered');
    for (const file of received) {
      const event = file.ok ? undefined : EVENTS[file.problem];
      if (event) onAttempt(c, event);
    }
    if (outcome === 'whole') return form('whole', received);
    await discardAll(received);
    return form(
      outcome,
      outcome === 'too_big' ? [{ ok: false, problem: 'too_big', name: '' }] : [],
    );
  };

  const remember = async (
    c: PostContext,
    reading: () => Promise<PostedForm>,
  ): Promise<PostedForm> => {
    const form = await readUnhurried(c, reading);
    before.set(c.req.raw, form);
    return form;
  };

  return {
    readFields: (c) => remember(c, () => read(c, undefined)),
    readUpload: (c, field, sender) => remember(c, () => read(c, field, sender)),
    readAny: async (c, sender) =>
      before.get(c.req.raw) ?? remember(c, () => read(c, { most: site.maxFiles }, sender)),
    posted: (c) => before.get(c.req.raw),
  };
};

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
