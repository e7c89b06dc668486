import type { Child } from 'hono/jsx';

interface DialogProps {
  id: string;
  title: string;
  /** Shown as part of the page; else a script opens it with `showModal()`. */
  open?: boolean;
  children: Child;
}

/** A sheet over the page. What it offers must be on a page of its own too: it needs a script. */
export const Dialog = ({ id, title, open = false, children }: DialogProps) => (
  <dialog class="dialog" id={id} aria-labelledby={`${id}-title`} open={open}>
    <h2 class="dialog__title" id={`${id}-title`}>
      {title}
    </h2>
    {children}
  </dialog>
);
