import { describe, expect, it } from 'vitest';
import type { PictureTruth } from '../tiles/picture-truth.ts';
import type { Shape } from './drawing.ts';
import { drawFace, type FaceVariant, type TileFace } from './tile-face.ts';

const measure = (text: string, size: number) => text.length * size * 0.58;
const face = (truth: PictureTruth, change: Partial<TileFace> = {}): TileFace => ({
  key: 'K-1',
  variant: 'quiet',
  picture: { x: 0, y: 0, width: 376, height: 222 },
  caption: { x: 0, y: 222, width: 376, height: 74 },
  name: 'Нұрлы Жол вокзалы',
  code: 'K-1',
  number: null,
  truth,
  language: 'kk',
  border: 'none',
  banner: '',
  empty: '',
  trouble: '',
  ...change,
});
const shapes = (truth: PictureTruth, change: Partial<TileFace> = {}): Shape[] =>
  drawFace(face(truth, change), measure).flatMap((group) => group.shapes);
const texts = (all: Shape[]) => all.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
const hatches = (all: Shape[]) => all.flatMap((shape) => (shape.kind === 'hatch' ? [shape.style] : []));

describe('what is drawn on a tile', () => {
  it('live: a dot and the delay with a decimal comma, nothing over the picture', () => {
    const drawn = shapes({ kind: 'live', delayMs: 240 });
    expect(texts(drawn)).toContain('ЭФИР 0,2 с');
    expect(hatches(drawn)).toEqual([]);
  });

  it('[V41] starting over a still: nothing covers it, and nothing calls it live', () => {
    const drawn = shapes({ kind: 'starting', overdue: false, still: true });
    expect(drawn.filter((shape) => shape.kind === 'rect')).toEqual([]);
    expect(texts(drawn).join()).not.toContain('ЭФИР');
  });

  it('[V56] undecodable: hatched, named, with the remedy', () => {
    const drawn = shapes({ kind: 'undecodable' }, { language: 'en' });
    expect(hatches(drawn)).toEqual(['plate']);
    expect(texts(drawn)).toEqual(
      expect.arrayContaining(['This browser cannot decode the video', 'it needs an H.264 stream or another browser']),
    );
  });

  it('[V51] black: says so in the middle, in the words of the page, and stays live', () => {
    const drawn = shapes({ kind: 'live', delayMs: 240, hint: 'black' });
    expect(texts(drawn)).toEqual(expect.arrayContaining(['ЭФИР 0,2 с', 'Камера қара сурет беріп тұр']));
    expect(hatches(drawn)).toEqual([]);
    const russian = texts(shapes({ kind: 'live', delayMs: 240, hint: 'black' }, { language: 'ru' }));
    expect(russian).toContain('Камера передаёт чёрный кадр');
  });

  it('[V52] unchanged: a line at the top, within the picture also where that is narrow', () => {
    const picture = { x: 10, y: 20, width: 150, height: 90 };
    const drawn = shapes({ kind: 'live', delayMs: null, hint: 'unchanged' }, { picture, language: 'en' });
    const words = drawn.find((shape) => shape.kind === 'text' && shape.text === 'Picture does not change');
    if (words?.kind !== 'text') throw new Error('no words');
    expect(words.x).toBeGreaterThan(picture.x);
    expect(words.x + measure(words.text, words.size)).toBeLessThanOrEqual(picture.x + picture.width);
    expect(words.y).toBeLessThan(picture.y + picture.height / 2);
  });

  it('stalled: inverted word with its age, the kept frame hatched', () => {
    const drawn = shapes({ kind: 'stalled', ageMs: 4_200 });
    expect(texts(drawn)).toContain('КІДІРДІ 4 с');
    expect(hatches(drawn)).toEqual(['veil']);
  });

  it('lost: hatched plate with the time of the last frame', () => {
    const drawn = shapes({ kind: 'lost', ageMs: 172_000, lastFrameAtMs: Date.parse('2026-11-22T13:43:20Z') });
    expect(texts(drawn)).toEqual(expect.arrayContaining(['Байланыс үзілді', 'соңғы кадр 18:43:20', 'ЖОҚ 2:52']));
    expect(hatches(drawn)).toEqual(['plate']);
  });

  it('starting: an outline, and what is awaited only after a while', () => {
    expect(texts(shapes({ kind: 'starting', overdue: false }))).not.toContain('Сурет күтілуде');
    expect(texts(shapes({ kind: 'starting', overdue: true }))).toContain('Сурет күтілуде');
  });

  it.each<FaceVariant>(['quiet', 'hero', 'small'])('every %s tile carries its truth, name never cut', (variant) => {
    const name = 'Керей және Жәнібек хандар көшесі мен Мәңгілік Ел даңғылының қиылысы';
    const drawn = shapes({ kind: 'stalled', ageMs: 2_000 }, { variant, name, number: 2 });
    expect(texts(drawn)).toEqual(expect.arrayContaining([name, 'КІДІРДІ 2 с']));
  });

  it('uses no alarm colour for a broken camera', () => {
    const drawn = JSON.stringify(shapes({ kind: 'lost', ageMs: 60_000, lastFrameAtMs: null }));
    for (const hue of ['#ff5d6a', '#c81e26', '#ffc233', '#5cc8ff']) expect(drawn).not.toContain(hue);
  });
});
