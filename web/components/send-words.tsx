import type { View } from '../view.ts';
import { NoticeBox } from './notice.tsx';

// Texts of `send-form.js` for answers that do not come from the desk.
export const SendWords = ({ view }: { view: View }) => {
  const words = view.text.send;
  return (
    <>
      <template
        data-send
        data-failed={words.failed}
        data-too-large={words.tooLarge}
        data-slow={words.slow}
        data-busy={words.busy}
        data-blocked={words.blocked}
        data-away={words.away}
        data-between={words.between}
      >
        <NoticeBox tone="warning">{''}</NoticeBox>
      </template>
      <script type="module" src={view.paths.sendForm} />
    </>
  );
};
