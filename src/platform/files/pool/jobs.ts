/**
 * Only these functions read or draw untrusted content, and only `file-process.ts` calls them. Each
 * is loaded on first use.
 */
export const JOBS = {
  decideFileType: async () => (await import('../checks/file-type.ts')).decideFileType,
  drawPages: async () => (await import('../previews/page-artist.ts')).drawPages,
  readText: async () => (await import('../previews/document-text.ts')).readText,
  printSheet: async () => (await import('../../../desk/proof/print/sheet-artist.mjs')).printSheet,
  drawIdentity: async () =>
    (await import('../../../desk/proof/print/identity-artist.ts')).drawIdentity,
};

export type JobName = keyof typeof JOBS;
type Job<Name extends JobName> = Awaited<ReturnType<(typeof JOBS)[Name]>>;
export type JobInput<Name extends JobName> = Parameters<Job<Name>>[0];
export type JobResult<Name extends JobName> = Awaited<ReturnType<Job<Name>>>;
export type JobPiece<Name extends JobName> =
  Parameters<Job<Name>> extends [unknown, (piece: infer Piece) => void] ? Piece : never;
