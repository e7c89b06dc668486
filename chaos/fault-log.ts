/** When which fault was injected, and when it was over: what a double delivery may stand beside. */
export interface FaultSpan {
  what: string;
  from: number;
  to: number;
}

export interface FaultLog {
  spans: FaultSpan[];
  /** Returns what ends the span; until then it is open. */
  begin(what: string): () => void;
}

export const createFaultLog = (): FaultLog => {
  const spans: FaultSpan[] = [];
  return {
    spans,
    begin(what) {
      const span = { what, from: Date.now(), to: Number.POSITIVE_INFINITY };
      spans.push(span);
      return () => {
        span.to = Math.min(span.to, Date.now());
      };
    },
  };
};

/**
 * A retry comes after the fault that caused it: by the heartbeat timeout of the engine and the
 * waits between tries, at most so much later.
 */
const AFTERMATH_MS = 30_000;

export const standsBeside = (spans: FaultSpan[], from: number, to: number): boolean =>
  spans.some((span) => span.from <= to && span.to + AFTERMATH_MS >= from);
