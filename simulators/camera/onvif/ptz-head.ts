import type { Clock } from '@kuzet/lib/clock.ts';

/** Pan and tilt -1..1, zoom 0..1: ONVIF's generic position space. */
export interface PtzPosition {
  pan: number;
  tilt: number;
  zoom: number;
}

export interface PtzStatus {
  position: PtzPosition;
  panTiltMoving: boolean;
  zoomMoving: boolean;
}

/** Motors that take time: where the head points is worked out from the clock when asked. */
export interface PtzHead {
  /** Velocities -1..1; stops by itself after `timeoutMs` or at the end of travel. */
  move(velocity: PtzPosition, timeoutMs: number): void;
  moveTo(target: Partial<PtzPosition>): void;
  moveBy(by: PtzPosition): void;
  stop(what: { panTilt: boolean; zoom: boolean }): void;
  status(): PtzStatus;
}

/** Units a second at full speed. */
const topSpeed: PtzPosition = { pan: 0.5, tilt: 0.5, zoom: 0.4 };
const travel: Record<keyof PtzPosition, readonly [number, number]> = { pan: [-1, 1], tilt: [-1, 1], zoom: [0, 1] };
const axes = ['pan', 'tilt', 'zoom'] as const;
type Axis = (typeof axes)[number];

export function createPtzHead({ clock }: { clock: Clock }): PtzHead {
  type Motion = { from: number; velocity: number; startMs: number; endMs: number };
  const resting = (from: number): Motion => ({ from, velocity: 0, startMs: 0, endMs: 0 });
  const motions: Record<Axis, Motion> = { pan: resting(0), tilt: resting(0), zoom: resting(0) };

  const within = (axis: Axis, value: number) => Math.min(travel[axis][1], Math.max(travel[axis][0], value));
  const positionOf = (axis: Axis): number => {
    const { from, velocity, startMs, endMs } = motions[axis];
    return within(axis, from + (velocity * (Math.min(clock.now(), endMs) - startMs)) / 1000);
  };
  const start = (axis: Axis, velocity: number, durationMs: number) => {
    const startMs = clock.now();
    motions[axis] = { from: positionOf(axis), velocity, startMs, endMs: startMs + durationMs };
  };
  const isMoving = (axis: Axis): boolean => {
    const { velocity, endMs } = motions[axis];
    if (velocity === 0 || clock.now() >= endMs) return false;
    return positionOf(axis) !== travel[axis][velocity > 0 ? 1 : 0];
  };
  const approach = (axis: Axis, target: number) => {
    const from = positionOf(axis);
    const distance = within(axis, target) - from;
    start(axis, Math.sign(distance) * topSpeed[axis], (Math.abs(distance) / topSpeed[axis]) * 1000);
  };

  return {
    move(velocity, timeoutMs) {
      for (const axis of axes) {
        start(axis, Math.min(1, Math.max(-1, velocity[axis])) * topSpeed[axis], timeoutMs);
      }
    },
    moveTo(target) {
      for (const axis of axes) {
        const wanted = target[axis];
        if (wanted !== undefined) approach(axis, wanted);
      }
    },
    moveBy(by) {
      for (const axis of axes) if (by[axis] !== 0) approach(axis, positionOf(axis) + by[axis]);
    },
    stop({ panTilt, zoom }) {
      for (const axis of axes) {
        if (axis === 'zoom' ? zoom : panTilt) motions[axis] = resting(positionOf(axis));
      }
    },
    status: () => ({
      position: { pan: positionOf('pan'), tilt: positionOf('tilt'), zoom: positionOf('zoom') },
      panTiltMoving: isMoving('pan') || isMoving('tilt'),
      zoomMoving: isMoving('zoom'),
    }),
  };
}
