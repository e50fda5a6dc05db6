import type { Container } from 'pixi.js';
import type { Rect } from '../tiles/tile.ts';
import type { Painter, ShapeGroup } from './drawing.ts';
import type { PixiPainter } from './pixi-painter.ts';
import { createSvgPainter } from './svg-painter.ts';

export interface Overlay {
  /** Draws everything anew; what did not change costs nothing. */
  draw(groups: ShapeGroup[]): void;
  /** The part of the page the canvas covers: no larger than the tiles, a bigger one costs them frames. */
  cover(rect: Rect, pixelRatio: number): void;
  /** Where a canvas back-end may put pictures; null while there is no canvas. */
  pictures(): { stage: Container; requestRender: () => void } | null;
  /** Which painter is on the screen now. */
  painter(): 'pixi' | 'svg';
  destroy(): void;
}

const rebuildMs = [1_000, 2_000, 5_000, 10_000, 30_000];

/**
 * One canvas above the tiles, or its stand-in. Truth labels never depend on WebGL: until the canvas is ready, while it
 * is rebuilt after a lost context, and where there is none at all, the same drawing is in the page as SVG.
 */
export function createOverlay(
  host: HTMLElement,
  options: { webgl: boolean; onPictures?: () => void; onPicturesLost?: () => void },
): Overlay {
  const layer = document.createElement('div');
  layer.style.cssText = 'position:absolute;pointer-events:none';
  host.append(layer);
  let area: Rect = { x: 0, y: 0, width: 1, height: 1 };
  let pixelRatio = 1;
  let groups: ShapeGroup[] = [];
  let pixi: PixiPainter | null = null;
  let svg: Painter | null = null;
  let generation = 0;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let destroyed = false;

  function standIn(): void {
    svg?.destroy();
    svg = createSvgPainter(layer, area.width, area.height);
    svg.draw(shifted());
  }

  // Painters count from the corner of the area they cover.
  const shifted = (): ShapeGroup[] => groups.map((group) => ({ ...group, shapes: group.shapes.map(move) }));
  const move = (shape: ShapeGroup['shapes'][number]) =>
    shape.kind === 'line'
      ? { ...shape, x1: shape.x1 - area.x, x2: shape.x2 - area.x, y1: shape.y1 - area.y, y2: shape.y2 - area.y }
      : { ...shape, x: shape.x - area.x, y: shape.y - area.y };

  async function build(): Promise<void> {
    const mine = ++generation;
    if (!options.webgl) return;
    try {
      // Loaded on demand: a page without WebGL never pays for it.
      const { createPixiPainter } = await import('./pixi-painter.ts');
      const made = await createPixiPainter(layer, area.width, area.height, pixelRatio, () => {
        if (mine === generation) lost('the graphics context was lost');
      });
      if (mine !== generation || destroyed) {
        made.destroy();
        return;
      }
      pixi = made;
      made.pictures.position.set(-area.x, -area.y);
      made.draw(shifted());
      // Two frames later the canvas has truly been drawn: only then does its stand-in leave.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (mine !== generation) return;
          svg?.destroy();
          svg = null;
          failures = 0;
          options.onPictures?.();
        }),
      );
    } catch (error) {
      if (mine === generation) lost(String(error));
    }
  }

  function lost(reason: string): void {
    console.warn('overlay: rebuilding,', reason);
    dropCanvas();
    standIn();
    const waitMs = rebuildMs[Math.min(failures++, rebuildMs.length - 1)] as number;
    clearTimeout(timer);
    timer = setTimeout(build, waitMs);
  }

  function dropCanvas(): void {
    generation++;
    if (!pixi) return;
    options.onPicturesLost?.();
    const old = pixi;
    pixi = null;
    old.destroy();
  }

  return {
    draw(next) {
      groups = next;
      const moved = shifted();
      pixi?.draw(moved);
      svg?.draw(moved);
    },
    cover(rect, ratio) {
      const same = JSON.stringify([rect, ratio]) === JSON.stringify([area, pixelRatio]);
      if (same) return;
      const rebuild = ratio !== pixelRatio || !pixi;
      area = rect;
      pixelRatio = ratio;
      Object.assign(layer.style, {
        left: `${rect.x}px`,
        top: `${rect.y}px`,
        width: `${rect.width}px`,
        height: `${rect.height}px`,
      });
      if (pixi && !rebuild) {
        pixi.resize(rect.width, rect.height);
        pixi.pictures.position.set(-rect.x, -rect.y);
        pixi.draw(shifted());
        if (svg) standIn();
        return;
      }
      dropCanvas();
      standIn();
      clearTimeout(timer);
      void build();
    },
    pictures: () => (pixi && !svg ? { stage: pixi.pictures, requestRender: pixi.requestRender } : null),
    painter: () => (pixi && !svg ? 'pixi' : 'svg'),
    destroy() {
      destroyed = true;
      clearTimeout(timer);
      dropCanvas();
      svg?.destroy();
      layer.remove();
    },
  };
}
