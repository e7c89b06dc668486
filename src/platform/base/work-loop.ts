/** Works while there is work, then waits for `wake` or `idleMs`. */
export class WorkLoop {
  readonly #work: () => Promise<boolean>;
  readonly #idleMs: number;
  readonly #onError: (error: unknown) => void;
  #isStopped = false;
  #isWoken = false;
  #running: Promise<void> | undefined;
  #endPause: () => void = () => {};

  constructor({
    work,
    idleMs,
    onError,
  }: {
    work: () => Promise<boolean>;
    idleMs: number;
    onError: (error: unknown) => void;
  }) {
    this.#work = work;
    this.#idleMs = idleMs;
    this.#onError = onError;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#isWoken = false;
      let more = false;
      try {
        more = await this.#work();
      } catch (error) {
        this.#onError(error);
      }
      if (!more && !this.#isWoken && !this.#isStopped) await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#idleMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
