const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;
const MOST_CAUSES = 5;

const codeOf = (error: unknown, among: ReadonlySet<number>, depth = 0): number | undefined => {
  if (!(error instanceof Error) || depth > MOST_CAUSES) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && among.has(code) ? code : codeOf(error.cause, among, depth + 1);
};

const REFUSED = new Set([PERMISSION_DENIED, UNAUTHENTICATED]);
const NOT_OFFERED = new Set([...REFUSED, UNIMPLEMENTED]);

export const refusalOf = (error: unknown): string | undefined => {
  const code = codeOf(error, REFUSED);
  if (code === undefined) return undefined;
  const what =
    code === UNAUTHENTICATED ? 'does not know this desk' : 'gives this desk no permission';
  return `Temporal refuses: it ${what}. Check TEMPORAL_API_KEY or the TEMPORAL_TLS_* settings, and TEMPORAL_NAMESPACE`;
};

export const isNotOffered = (error: unknown): boolean => codeOf(error, NOT_OFFERED) !== undefined;
