import type { Language } from '@kuzet/contracts/common.ts';
import type { PictureHint, PictureTruth } from '../tiles/picture-truth.ts';
import type { Rect } from '../tiles/tile.ts';
import { truthHint, truthLabel, truthPlate } from '../tiles/truth-words.ts';
import { colours, type MeasureText, type Shape, type ShapeGroup } from './drawing.ts';

/** `quiet`: name above code, below the picture. `hero`: a bar over the picture. `small`: one line below. */
export type FaceVariant = 'quiet' | 'hero' | 'small';

/** Everything written on and around one picture. */
export interface TileFace {
  key: string;
  variant: FaceVariant;
  picture: Rect;
  /** Below the picture, or over its foot for `hero`. */
  caption: Rect;
  name: string;
  /** Camera id, with a distance where one counts. */
  code: string;
  number: number | null;
  truth: PictureTruth;
  language: Language;
  /** `high`: this tile was given to an incident of high priority. */
  border: 'none' | 'high';
  /** A line over the picture's top: which incident, or that an officer put it here. */
  banner: string;
  /** Set where there is no camera at all: what to say in its place. */
  empty: string;
  /** Said under "connection lost" when bringing it back takes long. */
  trouble: string;
}

const sizes = {
  quiet: { name: 32, code: 24, truth: 24, plate: 30 },
  hero: { name: 36, code: 36, truth: 36, plate: 44 },
  small: { name: 27, code: 0, truth: 25, plate: 30 },
} as const;

/** The drawing of one tile: what stands still, and the truth label, which changes every second. */
export function drawFace(face: TileFace, measure: MeasureText): ShapeGroup[] {
  if (face.empty) return [{ key: `${face.key}/picture`, shapes: emptyShapes(face) }];
  const truth = truthShapes(face, measure);
  return [
    { key: `${face.key}/picture`, shapes: pictureShapes(face, measure) },
    { key: `${face.key}/caption`, shapes: captionShapes(face, truth.width, measure) },
    { key: `${face.key}/truth`, shapes: truth.shapes },
  ];
}

function pictureShapes(face: TileFace, measure: MeasureText): Shape[] {
  const { picture, truth, variant } = face;
  const shapes: Shape[] = [];
  const plate = truthPlate(truth, face.language);
  if (truth.kind === 'starting') {
    if (!truth.still) shapes.push({ kind: 'rect', ...picture, radius: 4, fill: colours.s1, alpha: 1 });
    shapes.push({ kind: 'frame', ...inset(picture, 1), radius: 4, stroke: colours.line, line: 2 });
    if (plate) {
      const size = sizes[variant].plate * 0.85;
      shapes.push(
        text(centreX(picture), picture.y + picture.height / 2 + size * 0.3, plate.detail, size, 400, 't3', 'middle'),
      );
    }
  } else if (plate) {
    shapes.push({ kind: 'hatch', ...picture, style: 'plate' });
    shapes.push(...plateShapes(face, plate, measure));
  } else if (truth.kind === 'stalled') {
    shapes.push({ kind: 'hatch', ...picture, style: 'veil' });
  }
  shapes.push(...hintShapes(face, measure));
  if (face.banner) {
    const size = variant === 'hero' ? 32 : 24;
    const high = face.border === 'high';
    shapes.push({
      kind: 'rect',
      x: picture.x,
      y: picture.y,
      width: picture.width,
      height: size * 1.5,
      radius: 0,
      fill: high ? colours.high : colours.s0,
      alpha: high ? 1 : 0.86,
    });
    shapes.push(
      fitted(
        picture.x + 10,
        picture.y + size * 1.1,
        face.banner,
        size,
        600,
        high ? 'ink' : 't1',
        picture.width - 20,
        measure,
      ),
    );
  }
  if (face.border === 'high') {
    shapes.push({ kind: 'frame', ...inset(picture, 2), radius: 4, stroke: colours.high, line: 4 });
  }
  return shapes;
}

function emptyShapes({ picture, empty, variant }: TileFace): Shape[] {
  const size = sizes[variant].plate;
  return [
    { kind: 'rect', ...picture, radius: 4, fill: colours.s1, alpha: 1 },
    { kind: 'frame', ...inset(picture, 1), radius: 4, stroke: colours.line, line: 2 },
    text(centreX(picture), picture.y + picture.height / 2 + size * 0.3, empty, size, 400, 't2', 'middle'),
  ];
}

function plateShapes(face: TileFace, plate: { title: string; detail: string }, measure: MeasureText): Shape[] {
  const { picture, variant } = face;
  const title = sizes[variant].plate;
  const detail = title * 0.84;
  const lines = [
    { value: plate.title, size: title, weight: 600, fill: 't1' as const },
    { value: plate.detail, size: detail, weight: 400, fill: 't2' as const },
    { value: face.trouble, size: detail * 0.9, weight: 400, fill: 't3' as const },
  ].filter((line) => line.value);
  const widest = Math.max(...lines.map((line) => measure(line.value, line.size, line.weight)));
  const scale = Math.min(1, (picture.width - 40) / (widest + 40));
  const width = (widest + 40) * scale;
  const height = (lines.reduce((sum, line) => sum + line.size * 1.3, 0) + 28) * scale;
  // The bar of a hero tile covers the picture's foot.
  const free = picture.height - (variant === 'hero' ? face.caption.height : 0);
  const top = picture.y + (free - height) / 2;
  const shapes: Shape[] = [
    { kind: 'rect', x: centreX(picture) - width / 2, y: top, width, height, radius: 4, fill: colours.s0, alpha: 1 },
  ];
  let y = top + 14 * scale;
  for (const line of lines) {
    y += line.size * 1.3 * scale;
    shapes.push(
      text(
        centreX(picture),
        y - line.size * 0.32 * scale,
        line.value,
        line.size * scale,
        line.weight,
        line.fill,
        'middle',
      ),
    );
  }
  return shapes;
}

/** In the middle of a picture that is black anyway, or at its top where one may still be looked at. */
function hintShapes(face: TileFace, measure: MeasureText): Shape[] {
  const hint = truthHint(face.truth, face.language);
  if (!hint) return [];
  const { picture, variant } = face;
  const wanted = sizes[variant].truth;
  const symbolPart = 1.5;
  const natural = measure(hint.text, wanted, 600) + wanted * (symbolPart + 0.8);
  const scale = Math.min(1, (picture.width - 16) / natural);
  const size = wanted * scale;
  const width = natural * scale;
  const height = size * 1.5;
  const bannerHeight = face.banner ? (variant === 'hero' ? 48 : 36) : 0;
  const y = hint.symbol === 'black' ? picture.y + (picture.height - height) / 2 : picture.y + bannerHeight + 8;
  const x = hint.symbol === 'black' ? centreX(picture) - width / 2 : picture.x + 8;
  const middle = y + height / 2;
  return [
    { kind: 'rect', x, y, width, height, radius: 2, fill: colours.truthBg, alpha: 1 },
    ...hintSymbol(hint.symbol, x + size * 0.95, middle, size),
    text(x + size * (symbolPart + 0.4), middle + size * 0.345, hint.text, size, 600, 'truthInk', 'start'),
  ];
}

/** Black: a filled frame. Unchanged: two equal bars, lying. */
function hintSymbol(hint: PictureHint, x: number, y: number, size: number): Shape[] {
  const bar = (top: number, height: number): Shape => ({
    kind: 'rect',
    x: x - size * 0.45,
    y: y + top * size,
    width: size * 0.9,
    height: height * size,
    radius: 0,
    fill: colours.truthInk,
    alpha: 1,
  });
  return hint === 'black' ? [bar(-0.32, 0.64)] : [bar(-0.25, 0.17), bar(0.08, 0.17)];
}

function captionShapes(face: TileFace, truthWidth: number, measure: MeasureText): Shape[] {
  const { caption, variant } = face;
  const size = sizes[variant];
  if (variant === 'quiet') {
    const [x, right] = [caption.x, caption.x + caption.width];
    return [
      fitted(x, caption.y + 36, face.name, size.name, 500, 't1', caption.width, measure),
      fitted(x, caption.y + 67, face.code, size.code, 400, 't3', right - x - truthWidth - 12, measure),
    ];
  }
  const middle = caption.y + caption.height / 2;
  const baseline = middle + size.name * 0.345;
  const shapes: Shape[] = [];
  let x = caption.x;
  if (variant === 'hero') {
    shapes.push({ kind: 'rect', ...caption, radius: 0, fill: colours.s0, alpha: 0.9 });
    x += 20;
  }
  if (face.number !== null) {
    const radius = size.name * 0.625;
    const gone = face.truth.kind === 'lost' || face.truth.kind === 'disabled';
    shapes.push({
      kind: 'circle',
      x: x + radius,
      y: middle,
      radius: gone ? radius - 1 : radius,
      fill: gone ? colours.s2 : colours.t1,
      stroke: gone ? colours.t2 : null,
      line: gone ? 2 : 0,
    });
    const digit = size.name * 0.88;
    shapes.push(
      text(x + radius, middle + digit * 0.35, String(face.number), digit, 700, gone ? 't1' : 'ink', 'middle'),
    );
    x += radius * 2 + (variant === 'hero' ? 20 : 8);
  }
  const room = caption.x + caption.width - x - truthWidth - (variant === 'hero' ? 40 : 12);
  const name = fitted(x, baseline, face.name, size.name, variant === 'hero' ? 600 : 500, 't1', room, measure);
  shapes.push(name);
  if (variant === 'hero' && name.kind === 'text') {
    const used = measure(name.text, name.size, name.weight) + 20;
    if (room - used > measure(face.code, size.code, 400)) {
      shapes.push(text(x + used, baseline, face.code, size.code, 400, 't2', 'start'));
    }
  }
  return shapes;
}

function truthShapes(face: TileFace, measure: MeasureText): { shapes: Shape[]; width: number } {
  const { caption, variant } = face;
  const label = truthLabel(face.truth, face.language);
  if (!label.text) return { shapes: [], width: 0 };
  const size = sizes[variant].truth;
  const weight = label.inverted ? 600 : variant === 'hero' ? 500 : 400;
  const symbol = label.symbol ? size * 0.92 : 0;
  const gap = label.symbol ? (variant === 'hero' ? 10 : 6) : 0;
  const pad = label.inverted ? size * 0.4 : 0;
  const width = measure(label.text, size, weight) + symbol + gap + pad * 2;
  const right = caption.x + caption.width - (variant === 'hero' ? 20 : 0);
  const middle = variant === 'quiet' ? caption.y + 59 : caption.y + caption.height / 2;
  const fill = label.inverted ? 'truthInk' : variant === 'small' ? 't2' : variant === 'hero' ? 't1' : 't2';
  const shapes: Shape[] = [];
  if (label.inverted) {
    const height = size * 1.26;
    shapes.push({
      kind: 'rect',
      x: right - width,
      y: middle - height / 2,
      width,
      height,
      radius: 2,
      fill: colours.truthBg,
      alpha: 1,
    });
  }
  if (label.symbol) shapes.push(...symbolShapes(label.symbol, right - width + pad + symbol / 2, middle, symbol, fill));
  shapes.push(text(right - pad, middle + size * 0.345, label.text, size, weight, fill, 'end'));
  return { shapes, width };
}

/** Dot, bars, cross: the shapes of kit/symbols.tsx in a 24-unit box. */
function symbolShapes(
  symbol: 'live' | 'stalled' | 'lost',
  x: number,
  y: number,
  px: number,
  fill: keyof typeof colours,
): Shape[] {
  const unit = px / 24;
  if (symbol === 'live')
    return [{ kind: 'circle', x, y, radius: 6 * unit, fill: colours[fill], stroke: null, line: 0 }];
  if (symbol === 'stalled') {
    return [-6, 1.6].map((left) => ({
      kind: 'rect',
      x: x + left * unit,
      y: y - 8 * unit,
      width: 4.4 * unit,
      height: 16 * unit,
      radius: 0,
      fill: colours[fill],
      alpha: 1,
    }));
  }
  const arm = 7 * unit;
  return [1, -1].map((way) => ({
    kind: 'line',
    x1: x - arm,
    y1: y - arm * way,
    x2: x + arm,
    y2: y + arm * way,
    stroke: colours[fill],
    line: 3.2 * unit,
  }));
}

const centreX = (rect: Rect) => rect.x + rect.width / 2;
const inset = ({ x, y, width, height }: Rect, by: number): Rect => ({
  x: x + by,
  y: y + by,
  width: width - by * 2,
  height: height - by * 2,
});

function text(
  x: number,
  y: number,
  value: string,
  size: number,
  weight: number,
  fill: keyof typeof colours,
  anchor: 'start' | 'middle' | 'end',
): Shape {
  return { kind: 'text', x, y, text: value, size, weight, fill: colours[fill], anchor };
}

/** A name is never cut: it gets smaller until it fits. */
function fitted(
  x: number,
  y: number,
  value: string,
  size: number,
  weight: number,
  fill: keyof typeof colours,
  room: number,
  measure: MeasureText,
): Shape {
  const width = measure(value, size, weight);
  const fit = width <= room ? size : Math.max(14, Math.floor((size * Math.max(room, 1)) / width));
  return text(x, y, value, fit, weight, fill, 'start');
}
