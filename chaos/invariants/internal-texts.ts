import { linesOf } from '../ledger.ts';
import type { Evidence, Looked } from './evidence.ts';

/** What staff wrote for staff stands on no page of its sender, and in no SMS. */
export const internalStaysInside = async ({ stage, lines }: Evidence): Promise<Looked> => {
  const { visitor, gateway } = stage;
  const written = linesOf(lines, 'internal');
  const tokens = new Map(linesOf(lines, 'signed-in').map(({ mobile, token }) => [mobile, token]));
  const mobiles = new Map(linesOf(lines, 'sent').map(({ key, mobile }) => [key, mobile]));
  const senders = new Map(
    linesOf(lines, 'promised').map(({ key, letterId }) => [letterId, mobiles.get(key) ?? '']),
  );
  const breaks: string[] = [];
  const letterIds = [...new Set(written.map(({ letterId }) => letterId))];
  for (const letterId of letterIds) {
    const cookie = `sid=${tokens.get(senders.get(letterId) ?? '') ?? ''}`;
    const texts = written.filter((line) => line.letterId === letterId).map(({ text }) => text);
    for (const path of [`/letters/${letterId}`, `/letters/${letterId}?latest=1`, '/letters']) {
      const page = await visitor.untilAnswered(() => visitor.get(path, cookie));
      if (page.status !== 200) breaks.push(`${path} answered its sender ${page.status}`);
      for (const text of texts)
        if (page.body.includes(text)) breaks.push(`${path} shows its sender «${text}»`);
    }
  }
  for (const { text } of written)
    if (gateway.received.some((sms) => sms.text.includes(text)))
      breaks.push(`an SMS says «${text}»`);
  return { breaks, looked: `${written.length} internal texts of ${letterIds.length} letters` };
};
