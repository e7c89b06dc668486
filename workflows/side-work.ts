import type { Attention } from './attention.ts';
import { scanner, sms } from './letter-steps.ts';

/** Messages and scans run beside everything else: their trouble never holds a letter up. */
export class SideWork {
  readonly #letterId: string;
  readonly #attention: Attention;
  readonly #known = new Set<string>();
  readonly #sending = new Set<string>();
  readonly #scanning = new Set<string>();

  constructor(letterId: string, attention: Attention) {
    this.#letterId = letterId;
    this.#attention = attention;
  }

  get isSending(): boolean {
    return this.#sending.size > 0;
  }

  get scanning(): string[] {
    return [...this.#scanning];
  }

  begin({
    messageIds,
    waitingFileIds = [],
  }: {
    messageIds: string[];
    waitingFileIds?: string[] | undefined;
  }): void {
    for (const messageId of messageIds) if (!this.#known.has(messageId)) this.#send(messageId);
    for (const fileId of waitingFileIds) if (!this.#scanning.has(fileId)) this.#scan(fileId);
  }

  resend(messageIds: string[]): void {
    for (const messageId of messageIds) if (!this.#sending.has(messageId)) this.#send(messageId);
  }

  #send(messageId: string): void {
    this.#known.add(messageId);
    this.#sending.add(messageId);
    void this.#attention
      .untilDone(`sms ${messageId}`, (tries) => sms.sendMessage({ messageId, again: tries > 0 }))
      .then(() => this.#sending.delete(messageId));
  }

  #scan(fileId: string): void {
    this.#scanning.add(fileId);
    void this.#attention
      .untilDone(`scan ${fileId}`, () => scanner.scanFile({ letterId: this.#letterId, fileId }))
      .then(() => this.#scanning.delete(fileId));
  }
}
