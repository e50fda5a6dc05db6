import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import './styles/dialog.css';

/** A modal question. Esc and the backdrop leave it; focus goes to its first field and returns afterwards. */
export function Dialog({
  title,
  wide = false,
  onLeave,
  children,
}: {
  title: string;
  wide?: boolean;
  onLeave: () => void;
  children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself; the backdrop is the pointer's way.
    <dialog
      ref={ref}
      class={wide ? 'dialog wide' : 'dialog'}
      onClose={onLeave}
      onClick={(event) => {
        if (event.target === ref.current) onLeave();
      }}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}
