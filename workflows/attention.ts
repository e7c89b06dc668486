import * as wf from '@temporalio/workflow';

/** An activity that failed for good does not end the letter: it waits for a `retry` signal. */
export class Attention {
  readonly #show: () => Promise<void>;
  readonly #troubles = new Map<string, string>();
  #retries = 0;

  constructor(show: () => Promise<void>) {
    this.#show = show;
  }

  get why(): string | null {
    const [why = null] = this.#troubles.values();
    return why;
  }

  retry(): void {
    this.#retries += 1;
  }

  async untilDone<Result>(what: string, act: (tries: number) => Promise<Result>): Promise<Result> {
    for (let tries = 0; ; tries += 1) {
      const retriesBefore = this.#retries;
      try {
        const result = await act(tries);
        if (this.#troubles.delete(what)) await this.#show();
        return result;
      } catch (error) {
        if (!(error instanceof wf.ActivityFailure)) throw error;
        const why = `${error.activityType}: ${error.cause?.message ?? error.message}`;
        wf.log.error('needs attention', { why });
        this.#troubles.set(what, why);
        await this.#show();
        await wf.condition(() => this.#retries > retriesBefore);
      }
    }
  }
}
