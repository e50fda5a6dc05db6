import { createMeasureText } from '../overlay/drawing.ts';

const measure = createMeasureText();

interface FitTextProps {
  text: string;
  /** Px available. */
  width: number;
  /** Largest and smallest size on one line, px; what does not fit then takes two lines. */
  size: number;
  least: number;
  weight: number;
  class?: string;
}

/** A place name is never cut: it gets smaller, then wraps to two lines. */
export function FitText({ text, width, size, least, weight, class: className }: FitTextProps) {
  const natural = measure(text, size, weight) * 1.02;
  const oneLine = natural <= width ? size : Math.floor((size * width) / natural);
  if (oneLine >= least) {
    return (
      <span class={className} style={{ fontSize: oneLine, fontWeight: weight, whiteSpace: 'nowrap', display: 'block' }}>
        {text}
      </span>
    );
  }
  const twoLines = Math.min(least, Math.max(18, Math.floor((size * width * 1.8) / natural)));
  return (
    <span
      class={className}
      style={{
        fontSize: twoLines,
        fontWeight: weight,
        display: 'block',
        lineHeight: 1.08,
        textWrap: 'balance',
        maxWidth: width,
      }}
    >
      {text}
    </span>
  );
}
