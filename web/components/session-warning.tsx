import type { View } from '../view.ts';

// Its script shows it two minutes before the session ends.
export const SessionWarning = ({ view }: { view: View }) => {
  const { session } = view;
  if (!session) return null;
  const words = view.text.session;
  return (
    <>
      <dialog
        class="dialog"
        aria-labelledby="session-title"
        data-session={session.area}
        data-seconds={String(session.seconds)}
        data-keep={session.area === 'staff' ? '/staff/session' : '/session'}
        data-failed={words.failed}
        data-ended-title={words.endedTitle}
        data-ended={words.ended}
        data-ended-form={words.endedForm}
        data-sign-in={words.signIn}
      >
        <h2 class="dialog__title" id="session-title">
          {words.title}
        </h2>
        <p>{words.soon}</p>
        <p role="status" />
        <div class="actions">
          <button type="button" class="button">
            {words.stay}
          </button>
        </div>
      </dialog>
      <script type="module" src={view.paths.session} />
    </>
  );
};
