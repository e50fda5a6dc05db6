import type { Language } from '@kuzet/contracts/common.ts';
import type { Priority } from '@kuzet/contracts/incident.ts';
import type { BaseMap } from './base-map.ts';
import { type Box, overlaps, type Px, placeAlongLine, spread, textWidth } from './label-placement.ts';
import type { LonLat } from './map-geometry.ts';

export interface IncidentMark {
  id: string;
  at: LonLat;
  priority: Priority;
  drill: boolean;
  /** Place in words, beside the mark. */
  label: string;
  focused: boolean;
  attention: boolean;
}
export interface CameraMark {
  id: string;
  at: LonLat;
  number: number;
  working: boolean;
  /** Where it looks, degrees clockwise from north, and how wide. */
  bearingDeg: number;
  fovDeg: number;
}
export interface LabelScene {
  language: Language;
  base: BaseMap | null;
  /** The city view names districts and avenues; the near view names avenues and landmarks. */
  near: boolean;
  incidents: IncidentMark[];
  cameras: CameraMark[];
  ring: { at: LonLat; topAt: LonLat; text: string } | null;
  /** Base size of names in px; districts are a third larger. */
  fontSize: number;
  /** Room at the bottom that a strip covers, px. */
  bottomInset: number;
}

const svgNs = 'http://www.w3.org/2000/svg';
type Attributes = Record<string, string | number>;
function svg(tag: string, attributes: Attributes, ...children: (SVGElement | string)[]): SVGElement {
  const element = document.createElementNS(svgNs, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Names and marks over the map as SVG: crisp Golos Text at any scale, every Kazakh letter, and still there when WebGL
 * is not. Redrawn when the view or the data change, never by itself.
 */
export function createMapLabels(container: HTMLElement, onSelect?: (kind: 'incident' | 'camera', id: string) => void) {
  const root = svg('svg', { class: 'map-labels', 'aria-hidden': 'true' }) as SVGSVGElement;
  container.append(root);
  if (onSelect) {
    root.addEventListener('click', (event) => {
      const mark = (event.target as Element).closest<SVGElement>('[data-select]');
      const { select, id } = mark?.dataset ?? {};
      if ((select === 'incident' || select === 'camera') && id) onSelect(select, id);
    });
  }
  const uid = Math.random().toString(36).slice(2, 8);

  function draw(scene: LabelScene, project: (at: LonLat) => Px, width: number, height: number): void {
    root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const view: Box = { x: 0, y: 0, width, height: height - scene.bottomInset };
    const visible = ([x, y]: Px, margin = 0) =>
      x > -margin && y > -margin && x < view.width + margin && y < view.height + margin;
    const names: SVGElement[] = [];
    const marks: SVGElement[] = [];
    const taken: Box[] = [];
    const { fontSize: size, language } = scene;

    const placed = [...scene.incidents]
      .sort((a, b) => weight(b) - weight(a))
      .map((mark) => ({ mark, at: project(mark.at), px: markSize(mark, size) }))
      .filter(({ at, px }) => visible(at, px * 0.3));
    for (const { mark, at, px } of placed) {
      taken.push({ x: at[0] - px / 2, y: at[1] - px * 0.65, width: px, height: px * 1.1 });
      marks.unshift(incidentMark(mark, at, px));
    }
    const focused = placed.find(({ mark }) => mark.focused);
    const radius = size * 0.74;
    const spots = spread(
      scene.cameras.map((mark) => project(mark.at)).map((at) => ({ at, radius })),
      focused ? { at: [focused.at[0], focused.at[1] - focused.px * 0.1], radius: focused.px * 0.56 } : null,
    );
    const cameras = scene.cameras.map((mark, i) => ({ mark, at: project(mark.at), spot: spots[i] as Px }));
    for (const { mark, at, spot } of cameras.filter((one) => visible(one.spot, 20))) {
      taken.push({ x: spot[0] - radius, y: spot[1] - radius, width: radius * 2, height: radius * 2 });
      // Cones lie under every mark.
      marks.unshift(viewCone(mark, spot, radius), ...leader(at, spot, radius));
      marks.push(cameraMark(mark, spot, radius));
    }
    for (const { mark, at, px } of placed) {
      if (mark.focused || !mark.label) continue;
      const label = sideLabel(mark.label, at, px, size, taken, view);
      if (label) marks.push(label);
    }
    if (scene.ring) {
      const [x, y] = project(scene.ring.topAt);
      const half = textWidth(scene.ring.text, size) / 2;
      taken.push({ x: x - half, y: y - size * 1.5, width: half * 2, height: size * 1.4 });
      names.push(svg('text', { x, y: y - size * 0.42, class: 'map-ring', 'font-size': size * 0.94 }, scene.ring.text));
    }
    if (scene.base) {
      if (!scene.near) districtNames(scene.base);
      avenueNames(scene.base);
      if (scene.near) landmarkNames(scene.base);
    }
    root.replaceChildren(...names, ...marks);

    function districtNames(base: BaseMap): void {
      for (const { name, label } of base.districts) {
        const at = project(label);
        const text = name[language];
        const w = textWidth(text, size * 1.34) * 1.08;
        const box = { x: at[0] - w / 2, y: at[1] - size * 1.3, width: w, height: size * 1.7 };
        if (!visible(at, -size * 1.6) || box.x < 0 || box.x + w > width) continue;
        taken.push(box);
        names.push(svg('text', { x: at[0], y: at[1], class: 'map-district', 'font-size': size * 1.34 }, text));
      }
    }

    function avenueNames(base: BaseMap): void {
      if (base.river) {
        const spot = placeAlongLine(base.river.line.map(project), base.river.name[language], size * 1.6, view, taken);
        if (spot) names.push(...alongPath(spot.line, spot.startPx, base.river.name[language], 'map-water', 'river'));
      }
      for (const [i, avenue] of base.avenues.entries()) {
        if (!scene.near && avenue.rank > 1) continue;
        const text = avenue.short[language];
        const spot = placeAlongLine(avenue.line.map(project), text, size, view, taken);
        if (spot) names.push(...alongPath(spot.line, spot.startPx, text, 'map-avenue', `a${i}`));
      }
    }

    function alongPath(line: Px[], startPx: number, text: string, className: string, key: string): SVGElement[] {
      const id = `map-${uid}-${key}`;
      const d = line.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
      const lift = className === 'map-water' ? -size * 0.42 : scene.near ? -size * 0.62 : -size * 0.36;
      return [
        svg('path', { id, d, fill: 'none' }),
        svg(
          'text',
          { class: className, 'font-size': size, dy: lift.toFixed(1) },
          svg('textPath', { href: `#${id}`, startOffset: startPx.toFixed(1) }, text),
        ),
      ];
    }

    function landmarkNames(base: BaseMap): void {
      for (const { name, at } of base.landmarks) {
        const px = project(at);
        if (!visible(px, -size)) continue;
        const text = name[language];
        const box = {
          x: px[0] - size,
          y: px[1] - size,
          width: textWidth(text, size * 0.9) + size * 2,
          height: size * 2,
        };
        if (taken.some((other) => overlaps(box, other))) continue;
        taken.push(box);
        names.push(
          svg('circle', { cx: px[0], cy: px[1], r: size * 0.16, class: 'map-landmark-dot' }),
          svg(
            'text',
            { x: px[0] + size * 0.5, y: px[1] + size * 0.32, class: 'map-avenue', 'font-size': size * 0.9 },
            text,
          ),
        );
      }
    }
  }

  return { draw, destroy: () => root.remove() };
}

const weight = (mark: IncidentMark): number =>
  (mark.focused ? 10 : 0) + (mark.priority === 'critical' ? 3 : mark.priority === 'high' ? 2 : 1);

const markSize = (mark: IncidentMark, size: number): number =>
  mark.focused ? size * 2.9 : mark.priority === 'routine' ? size * 1.05 : size * 1.6;

/** What the camera sees: a pictogram at its mark, not a survey of its reach. */
function viewCone(mark: CameraMark, [x, y]: Px, r: number): SVGElement {
  const reach = r * 4.6;
  const edge = (deg: number) => {
    const radians = (deg * Math.PI) / 180;
    return `${(x + Math.sin(radians) * reach).toFixed(1)} ${(y - Math.cos(radians) * reach).toFixed(1)}`;
  };
  const half = mark.fovDeg / 2;
  const d = `M${x} ${y}L${edge(mark.bearingDeg - half)}A${reach} ${reach} 0 0 1 ${edge(mark.bearingDeg + half)}Z`;
  return svg('path', { d, class: mark.working ? 'map-cone' : 'map-cone lost' });
}

/** A mark moved aside points back to where the camera hangs. */
function leader(at: Px, spot: Px, r: number): SVGElement[] {
  if (Math.hypot(at[0] - spot[0], at[1] - spot[1]) < r * 0.6) return [];
  return [
    svg('line', { x1: at[0], y1: at[1], x2: spot[0], y2: spot[1], class: 'map-leader' }),
    svg('circle', { cx: at[0], cy: at[1], r: r * 0.2, class: 'map-leader-end' }),
  ];
}

function sideLabel(text: string, [x, y]: Px, px: number, size: number, taken: Box[], view: Box): SVGElement | null {
  const width = textWidth(text, size);
  for (const [dx, dy, anchor] of [
    [px * 0.5 + 10, size * 0.34, 'start'],
    [-px * 0.5 - 10, size * 0.34, 'end'],
    [0, px * 0.6 + size, 'middle'],
    [0, -px * 0.75, 'middle'],
  ] as const) {
    const left = anchor === 'start' ? x + dx : anchor === 'end' ? x + dx - width : x - width / 2;
    const box = { x: left, y: y + dy - size, width, height: size * 1.3 };
    if (
      box.x < 4 ||
      box.x + width > view.width - 4 ||
      box.y + box.height > view.height ||
      taken.some((other) => overlaps(box, other))
    )
      continue;
    taken.push(box);
    return svg('text', { x: x + dx, y: y + dy, 'text-anchor': anchor, class: 'map-place', 'font-size': size }, text);
  }
  return null;
}

function incidentMark(mark: IncidentMark, [x, y]: Px, px: number): SVGElement {
  const shape =
    mark.priority === 'critical'
      ? [
          svg('path', { d: 'M12 1 23.8 22.4H.2z', class: mark.drill ? 'mark-drill' : 'mark-critical' }),
          svg('path', { d: 'M10.7 8.6h2.6l-.4 6.6h-1.8zM10.8 17h2.4v2.3h-2.4z', fill: '#fff' }),
        ]
      : mark.priority === 'high'
        ? [
            svg('path', { d: 'M12 .8 23.2 12 12 23.2.8 12z', class: mark.drill ? 'mark-drill' : 'mark-high' }),
            svg('path', {
              d: 'M10.8 6.3h2.4l-.3 6.9h-1.8zM10.9 15.2h2.2v2.3h-2.2z',
              fill: mark.drill ? '#fff' : 'var(--ink)',
            }),
          ]
        : [svg('rect', { x: 2, y: 2, width: 20, height: 20, class: 'mark-routine' })];
  const lift = mark.priority === 'critical' ? 0.62 : 0.5;
  return svg(
    'g',
    {
      transform: `translate(${(x - px / 2).toFixed(1)} ${(y - px * lift).toFixed(1)}) scale(${(px / 24).toFixed(3)})`,
      'data-select': 'incident',
      'data-id': mark.id,
      class: mark.attention ? 'attention' : '',
    },
    ...shape,
  );
}

function cameraMark(mark: CameraMark, [x, y]: Px, r: number): SVGElement {
  return svg(
    'g',
    { 'data-select': 'camera', 'data-id': mark.id, class: mark.working ? 'mark-camera' : 'mark-camera lost' },
    svg('circle', { cx: x, cy: y, r }),
    svg('text', { x, y: y + r * 0.42, 'font-size': r * 1.16 }, String(mark.number)),
  );
}
