import { colours, type Painter, type Shape, type ShapeGroup, wallFont } from './drawing.ts';

const svgNs = 'http://www.w3.org/2000/svg';

function element(tag: string, attributes: Record<string, string | number>, content = ''): SVGElement {
  const made = document.createElementNS(svgNs, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = content;
  return made;
}

function draw(shape: Shape): SVGElement {
  switch (shape.kind) {
    case 'rect': {
      const { x, y, width, height, radius, fill, alpha } = shape;
      return element('rect', { x, y, width, height, rx: radius, fill, 'fill-opacity': alpha });
    }
    case 'frame': {
      const { x, y, width, height, radius, stroke, line } = shape;
      return element('rect', { x, y, width, height, rx: radius, fill: 'none', stroke, 'stroke-width': line });
    }
    case 'hatch': {
      const { x, y, width, height, style } = shape;
      return element('rect', { x, y, width, height, rx: 4, fill: `url(#overlay-${style})` });
    }
    case 'circle': {
      const { x, y, radius, fill, stroke, line } = shape;
      return element('circle', { cx: x, cy: y, r: radius, fill, stroke: stroke ?? 'none', 'stroke-width': line });
    }
    case 'line': {
      const { x1, y1, x2, y2, stroke, line } = shape;
      return element('line', { x1, y1, x2, y2, stroke, 'stroke-width': line });
    }
    case 'text': {
      const { x, y, text, size, weight, fill, anchor } = shape;
      const style = `font:${weight} ${size}px ${wallFont};font-variant-numeric:tabular-nums`;
      return element('text', { x, y, fill, 'text-anchor': anchor, style }, text);
    }
  }
}

const patterns = `
  <pattern id="overlay-veil" width="40" height="40" patternUnits="userSpaceOnUse">
    <rect width="40" height="40" fill="${colours.s0}" fill-opacity=".32"/>
    <path d="M-10 50 50 -10M-30 30 30 -30M10 70 70 10" stroke="${colours.s0}" stroke-opacity=".5" stroke-width="14.1"/>
  </pattern>
  <pattern id="overlay-plate" width="17" height="17" patternUnits="userSpaceOnUse">
    <rect width="17" height="17" fill="${colours.s2}"/>
    <path d="M-4.25 21.25 21.25 -4.25M-12.75 12.75 12.75 -12.75M4.25 29.75 29.75 4.25" stroke="${colours.s4}" stroke-width="6"/>
  </pattern>`;

/** The overlay without WebGL: same drawing, in the page. Stands in while the canvas is being built or rebuilt. */
export function createSvgPainter(host: HTMLElement, width: number, height: number): Painter {
  const root = element('svg', { viewBox: `0 0 ${width} ${height}`, width, height }) as SVGSVGElement;
  root.style.cssText = 'position:absolute;inset:0;pointer-events:none';
  const defs = element('defs', {});
  defs.innerHTML = patterns;
  root.append(defs);
  host.append(root);
  const drawn = new Map<string, { signature: string; group: SVGElement }>();

  return {
    draw(groups: ShapeGroup[]) {
      const keys = new Set(groups.map((group) => group.key));
      for (const [key, { group }] of drawn) {
        if (keys.has(key)) continue;
        group.remove();
        drawn.delete(key);
      }
      for (const { key, shapes } of groups) {
        const signature = JSON.stringify(shapes);
        const before = drawn.get(key);
        if (before?.signature === signature) continue;
        const group = before?.group ?? element('g', {});
        group.replaceChildren(...shapes.map(draw));
        if (!before) root.append(group);
        drawn.set(key, { signature, group });
      }
    },
    destroy: () => root.remove(),
  };
}
