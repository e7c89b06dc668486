export interface EventLine {
  response: Response;
  /** What came so far. */
  text: string;
  isOver: boolean;
  stop(): void;
}

export const createEventLines = () => {
  const open = new Set<AbortController>();
  return {
    async listen(url: string, headers: Record<string, string>): Promise<EventLine> {
      const line = new AbortController();
      open.add(line);
      const response = await fetch(url, { headers, signal: line.signal, redirect: 'manual' });
      const heard = { response, text: '', isOver: false, stop: () => line.abort() };
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      void (async () => {
        try {
          for (;;) {
            const { value, done } = (await reader?.read()) ?? { done: true };
            if (done) break;
            heard.text += value ?? '';
          }
        } catch {
          // The line was cut by the test.
        }
        heard.isOver = true;
      })();
      return heard;
    },
    stopAll: () => open.forEach((line) => line.abort()),
  };
};
