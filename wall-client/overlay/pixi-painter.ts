// Pixi builds its shader glue with eval otherwise, which our content security policy forbids.
import 'pixi.js/unsafe-eval';
import { Application, CanvasTextMetrics, Container, Graphics, Text, TextStyle, Texture, TilingSprite } from 'pixi.js';
import { colours, type Painter, type Shape, type ShapeGroup, wallFont } from './drawing.ts';

export interface PixiPainter extends Painter {
  /** Under the labels: where a canvas back-end puts its pictures. */
  pictures: Container;
  /** Asks for one render on the next animation frame. */
  requestRender(): void;
  resize(width: number, height: number): void;
  canvas: HTMLCanvasElement;
}

/**
 * The transparent canvas above the tiles. It renders when something changed and never by a ticker: with software
 * rendering each frame of it costs the videos below.
 * @throws when WebGL cannot be had.
 */
export async function createPixiPainter(
  host: HTMLElement,
  width: number,
  height: number,
  pixelRatio: number,
  onLost: () => void,
): Promise<PixiPainter> {
  const app = new Application();
  await app.init({
    width,
    height,
    resolution: pixelRatio,
    autoDensity: true,
    autoStart: false,
    sharedTicker: false,
    backgroundAlpha: 0,
    antialias: true,
    preference: 'webgl',
    roundPixels: true,
    eventMode: 'none',
  } as Parameters<Application['init']>[0]);
  app.ticker.stop();
  const canvas = app.canvas;
  canvas.style.position = 'absolute';
  canvas.style.inset = '0';
  canvas.style.pointerEvents = 'none';
  host.append(canvas);
  canvas.addEventListener('webglcontextlost', onLost, { once: true });

  const pictures = new Container();
  const labels = new Container();
  app.stage.addChild(pictures, labels);
  const hatches = { veil: hatchTexture('veil', pixelRatio), plate: hatchTexture('plate', pixelRatio) };
  const drawn = new Map<string, { signature: string; group: Container }>();
  let frame = 0;
  let destroyed = false;

  function requestRender(): void {
    if (frame || destroyed) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      app.render();
    });
  }

  function draw(shape: Shape): Container {
    switch (shape.kind) {
      case 'rect':
        return new Graphics()
          .roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius)
          .fill({ color: shape.fill, alpha: shape.alpha });
      case 'frame':
        return new Graphics()
          .roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius)
          .stroke({ color: shape.stroke, width: shape.line });
      case 'hatch': {
        const { x, y, width: w, height: h, style } = shape;
        return new TilingSprite({ texture: hatches[style], x, y, width: w, height: h });
      }
      case 'circle': {
        const circle = new Graphics().circle(shape.x, shape.y, shape.radius).fill(shape.fill);
        return shape.stroke ? circle.stroke({ color: shape.stroke, width: shape.line }) : circle;
      }
      case 'line':
        return new Graphics()
          .moveTo(shape.x1, shape.y1)
          .lineTo(shape.x2, shape.y2)
          .stroke({ color: shape.stroke, width: shape.line });
      case 'text': {
        const style = new TextStyle({
          fontFamily: wallFont,
          fontSize: shape.size,
          fontWeight: String(shape.weight) as '400',
          fill: shape.fill,
        });
        const text = new Text({ text: shape.text, style, resolution: pixelRatio });
        const { ascent } = CanvasTextMetrics.measureFont(style._fontString);
        text.anchor.x = shape.anchor === 'start' ? 0 : shape.anchor === 'middle' ? 0.5 : 1;
        text.position.set(Math.round(shape.x), Math.round(shape.y - ascent));
        return text;
      }
    }
  }

  return {
    pictures,
    canvas,
    requestRender,
    resize(nextWidth, nextHeight) {
      app.renderer.resize(nextWidth, nextHeight);
      requestRender();
    },
    draw(groups: ShapeGroup[]) {
      let changed = false;
      const keys = new Set(groups.map((group) => group.key));
      for (const [key, { group }] of drawn) {
        if (keys.has(key)) continue;
        group.destroy({ children: true });
        drawn.delete(key);
        changed = true;
      }
      for (const { key, shapes } of groups) {
        const signature = JSON.stringify(shapes);
        const before = drawn.get(key);
        if (before?.signature === signature) continue;
        const group = before?.group ?? new Container();
        for (const old of group.removeChildren()) old.destroy();
        for (const shape of shapes) group.addChild(draw(shape));
        if (!before) labels.addChild(group);
        drawn.set(key, { signature, group });
        changed = true;
      }
      if (changed) requestRender();
    },
    destroy() {
      destroyed = true;
      cancelAnimationFrame(frame);
      for (const texture of Object.values(hatches)) texture.destroy(true);
      app.destroy({ removeView: true }, { children: true });
    },
  };
}

/** Stripes at 45 degrees that meet themselves at the edges, in device pixels. */
function hatchTexture(style: 'veil' | 'plate', pixelRatio: number): Texture {
  const period = style === 'veil' ? 40 : 17;
  const canvas = document.createElement('canvas');
  const px = Math.round(period * pixelRatio);
  canvas.width = px;
  canvas.height = px;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2D canvas for hatching');
  context.fillStyle = style === 'veil' ? 'rgba(11,13,15,.32)' : colours.s2;
  context.fillRect(0, 0, px, px);
  context.strokeStyle = style === 'veil' ? 'rgba(11,13,15,.5)' : colours.s4;
  context.lineWidth = px / (2 * Math.SQRT2);
  // Two diagonals half a period apart, drawn past the corners so that the tile repeats without a seam.
  context.beginPath();
  for (const sum of [px / 2, (px * 3) / 2]) {
    context.moveTo(sum - px * 2, px * 2);
    context.lineTo(sum + px, -px);
  }
  context.stroke();
  const texture = Texture.from(canvas);
  texture.source.resolution = pixelRatio;
  texture.source.update();
  texture.update();
  return texture;
}
