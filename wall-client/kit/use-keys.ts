import { useEffect, useRef } from 'preact/hooks';

/**
 * Single keys of a page, by physical key (`KeyN`), so that Kazakh, Russian and Latin layouts agree; `?` by its character.
 * Letters and Space stay with text fields, buttons and open dialogs; function keys work everywhere.
 */
export function useKeys(keys: Record<string, () => void>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      const run = event.key === '?' ? current.current['?'] : current.current[event.code];
      if (!run) return;
      const target = event.target as HTMLElement;
      if (!/^F\d+$/.test(event.code)) {
        if (target.closest('input, textarea, select, dialog, [contenteditable]')) return;
        if (event.code === 'Space' && target.closest('button, a')) return;
      }
      event.preventDefault();
      run();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
