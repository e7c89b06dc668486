import type { Child } from 'hono/jsx';

interface DialogProps {
  id: string;
  title: string;
  open?: boolean;
  children: Child;
}

// It needs a script, so its content must also be on a page of its own.
export const Dialog = ({ id, title, open = false, children }: DialogProps) => (
  <dialog class="dialog" id={id} aria-labelledby={`${id}-title`} open={open}>
    <h2 class="dialog__title" id={`${id}-title`}>
      {title}
    </h2>
    {children}
  </dialog>
);
