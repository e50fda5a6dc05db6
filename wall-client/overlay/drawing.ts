/** What painters draw: a closed list, so that the canvas and its stand-in cannot differ in content. Units: page px. */
export type Shape =
  | {
      kind: 'rect';
      x: number;
      y: number;
      width: number;
      height: number;
      radius: number;
      fill: string;
      alpha: number;
    }
  | { kind: 'frame'; x: number; y: number; width: number; height: number; radius: number; stroke: string; line: number }
  /** `veil` lies over a kept frame; `plate` replaces a picture. */
  | { kind: 'hatch'; x: number; y: number; width: number; height: number; style: 'veil' | 'plate' }
  | { kind: 'circle'; x: number; y: number; radius: number; fill: string; stroke: string | null; line: number }
  | { kind: 'line'; x1: number; y1: number; x2: number; y2: number; stroke: string; line: number }
  | {
      kind: 'text';
      x: number;
      /** Baseline. */
      y: number;
      text: string;
      size: number;
      weight: number;
      fill: string;
      anchor: 'start' | 'middle' | 'end';
    };

/** Shapes that change together; `key` is stable from one drawing to the next. */
export interface ShapeGroup {
  key: string;
  shapes: Shape[];
}

/** Width of a text, px. */
export type MeasureText = (text: string, size: number, weight: number) => number;

/** Takes a whole drawing each time and touches only the groups that changed. */
export interface Painter {
  draw(groups: ShapeGroup[]): void;
  destroy(): void;
}

/** Colours of kit/styles/tokens.css: a canvas cannot read custom properties. */
export const colours = {
  s0: '#0b0d0f',
  s1: '#121518',
  s2: '#191d21',
  s4: '#2e343b',
  line: '#2a3037',
  t1: '#e8ebee',
  t2: '#b0b8bf',
  t3: '#8b959e',
  ink: '#0b0d0f',
  high: '#ffc233',
  truthBg: '#e8ebee',
  truthInk: '#0b0d0f',
} as const;

export const wallFont = '"Golos Text Variable", "Golos Text", system-ui, sans-serif';

/** Measures with the page's own canvas, and remembers. */
export function createMeasureText(): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  const known = new Map<string, number>();
  return (text, size, weight) => {
    const key = `${size}/${weight}/${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (known.size > 2_000) known.clear();
      if (!context) return text.length * size * 0.6;
      context.font = `${weight} ${size}px ${wallFont}`;
      width = context.measureText(text).width;
      known.set(key, width);
    }
    return width;
  };
}
