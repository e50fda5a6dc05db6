import type { Layer } from '@deck.gl/core';
import { PathLayer, PolygonLayer, ScatterplotLayer, SolidPolygonLayer } from '@deck.gl/layers';
import type { BaseMap } from './base-map.ts';
import type { LonLat } from './map-geometry.ts';
import type { Block } from './street-texture.ts';

type Colour = [number, number, number] | [number, number, number, number];

/** The map's tokens (kit/styles/tokens.css) as deck wants them. */
const ink = {
  block: [23, 27, 31],
  lots: [
    [23, 27, 31],
    [32, 38, 43],
    [27, 32, 37],
  ],
  street: [32, 38, 43],
  border: [46, 52, 59],
  avenue: [61, 70, 79],
  water: [32, 52, 63],
  camera: [111, 122, 133],
  device: [77, 86, 95],
  ring: [176, 184, 191],
} satisfies Record<string, Colour | Colour[]>;

export interface Dot {
  id: string;
  at: LonLat;
  /** Hollow: not heard from, not working. */
  hollow: boolean;
}
export interface MapGround {
  base: BaseMap;
  blocks: Block[];
  near: boolean;
}

/** Land, streets, river, avenues. `near` swaps the grid of the city view for blocks. */
export function groundLayers({ base, blocks, near }: MapGround): Layer[] {
  return [
    new PolygonLayer({
      id: near ? 'districts-near' : 'districts',
      data: base.districts,
      getPolygon: (district) => district.outline,
      // Near, the land between blocks is the street: blocks carry the lighter grey there.
      getFillColor: near ? [14, 17, 19] : ink.block,
      getLineColor: ink.border,
      getLineWidth: 40,
      lineWidthMinPixels: 1.2,
      stroked: true,
      lineJointRounded: true,
    }),
    new PathLayer({
      id: 'streets',
      data: base.streets,
      visible: !near,
      getPath: (line) => line,
      getColor: ink.street,
      widthUnits: 'pixels',
      getWidth: 1.3,
    }),
    new SolidPolygonLayer({
      id: 'blocks',
      data: blocks,
      visible: near,
      getPolygon: (block) => block.ring,
      getFillColor: (block) => (ink.lots[block.shade] ?? ink.block) as Colour,
    }),
    new PathLayer({
      id: 'river',
      data: base.river ? [base.river.line] : [],
      getPath: (line) => line,
      getColor: ink.water,
      getWidth: 190,
      widthMinPixels: 3,
      capRounded: true,
      jointRounded: true,
    }),
    new PathLayer({
      id: 'avenues',
      data: base.avenues,
      getPath: (avenue) => avenue.line,
      getColor: ink.avenue,
      getWidth: near ? 62 : 70,
      widthMinPixels: 2,
      widthMaxPixels: 26,
      capRounded: true,
      jointRounded: true,
    }),
  ];
}

export interface MapOverlay {
  cameras: Dot[];
  devices: Dot[];
  ring: LonLat[][];
  /** Dot size, px. */
  dotPx: number;
  pickable: boolean;
}

/** Devices, cameras and the 500 m ring. */
export function overlayLayers({ cameras, devices, ring, dotPx, pickable }: MapOverlay): Layer[] {
  const dots = (id: string, data: Dot[], radius: number, colour: Colour) =>
    new ScatterplotLayer({
      id,
      data,
      pickable,
      getPosition: (dot) => dot.at,
      radiusUnits: 'pixels',
      lineWidthUnits: 'pixels',
      getRadius: radius,
      stroked: true,
      filled: true,
      getFillColor: (dot) => (dot.hollow ? [14, 17, 19] : colour),
      getLineColor: colour,
      getLineWidth: Math.max(1.2, radius * 0.3),
    });
  return [
    new PathLayer({
      id: 'ring',
      data: ring,
      getPath: (dash) => dash,
      getColor: ink.ring,
      widthUnits: 'pixels',
      getWidth: 2,
      capRounded: true,
    }),
    dots('devices', devices, dotPx * 0.72, ink.device),
    dots('cameras', cameras, dotPx, ink.camera),
  ];
}
