import type { Reply } from '../../src/usecases/desk.ts';
import type { View } from '../view.ts';
import { FileLink } from './file-link.tsx';
import { Icon } from './icon.tsx';
import { Moment } from './letter-facts.tsx';

interface RepliesProps {
  view: View;
  replies: Reply[];
  /** Address of the letter, under which the files are. */
  letterHref: string;
}

export const Replies = ({ view, replies, letterHref }: RepliesProps) => {
  if (replies.length === 0) return null;
  return (
    <section class="card replies" id="replies" aria-labelledby="replies-title">
      <h2 id="replies-title">
        <Icon name="reply" />
        {view.text.letter.replies}
      </h2>
      {replies.map((reply) => (
        <div class="reply">
          <p class="reply__meta">
            {view.text.letter.replyFrom} <bdi>{reply.unit}</bdi>
            <span class="dot" aria-hidden="true" />
            <Moment view={view} at={reply.at} />
          </p>
          <p class="user-text" dir="auto">
            {reply.text}
          </p>
          {reply.file && (
            <FileLink
              view={view}
              file={reply.file}
              href={`${letterHref}/replies/${reply.number}/file`}
            />
          )}
        </div>
      ))}
    </section>
  );
};
