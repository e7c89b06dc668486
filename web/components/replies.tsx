import type { View } from '../view.ts';
import { Unreadable } from './erased.tsx';
import { FileLink } from './file-link.tsx';
import { Icon } from './icon.tsx';
import { Moment } from './letter-facts.tsx';
import { FilePreview } from './preview.tsx';
import type { Reply } from '../../src/desk/letters/letter-detail.ts';

interface RepliesProps {
  view: View;
  replies: Reply[];
  letterHref: string;
}

// Folded, so that nobody on a slow line waits for pictures they did not ask for.
const ReplyPreview = ({
  view,
  reply,
  href,
  reload,
}: {
  view: View;
  reply: Reply;
  href: string;
  reload: string;
}) =>
  reply.file && reply.preview && reply.preview.state !== 'none' ? (
    <details class="fold no-print">
      <summary>
        <Icon name="eye" />
        {view.text.preview.ofReply}
      </summary>
      <FilePreview
        view={view}
        file={reply.file}
        preview={reply.preview}
        href={href}
        reload={reload}
        folded
      />
    </details>
  ) : null;

export const Replies = ({ view, replies, letterHref }: RepliesProps) => {
  if (replies.length === 0) return null;
  return (
    <section class="card replies" id="replies" aria-labelledby="replies-title">
      <h2 id="replies-title">
        <Icon name="reply" />
        {view.text.letter.replies}
      </h2>
      {replies.map((reply) => {
        const href = `${letterHref}/replies/${reply.number}`;
        return (
          <div class="reply">
            <p class="reply__meta">
              {view.text.letter.replyFrom} <bdi>{reply.unit}</bdi>
              <span class="dot" aria-hidden="true" />
              <Moment view={view} at={reply.at} />
            </p>
            <p class="user-text" dir="auto">
              {reply.damaged && reply.text === '' ? <Unreadable view={view} /> : reply.text}
            </p>
            {reply.file && <FileLink view={view} file={reply.file} href={`${href}/file`} />}
            <ReplyPreview view={view} reply={reply} href={href} reload={letterHref} />
          </div>
        );
      })}
    </section>
  );
};
