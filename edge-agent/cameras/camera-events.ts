import { cameraDeviceId } from '@kuzet/contracts/camera-device.ts';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import { alarmLaneMetrics } from '@kuzet/contracts/metrics.ts';
import type { Lane, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { CameraEvent, CameraEventKind } from './onvif/event-message.ts';
import { type EventWatch, type EventWatchState, watchEvents } from './onvif/event-watch.ts';
import type { OnvifClient } from './onvif-client.ts';

export interface WatchedCamera {
  id: string;
  onvif: Pick<OnvifClient, 'openEvents'>;
}

export interface CameraEventsDeps {
  cameras: readonly WatchedCamera[];
  clock: Clock;
  log: Log;
  /** Ready for the spool. */
  tell(lane: Lane, items: UplinkItem[]): void;
  random?: () => number;
}

export interface CameraEvents {
  /** Gives back every subscription; done within three seconds. */
  stop(): Promise<void>;
}

/** What is said anew this often while the subscription lives: half the interval that the inventory promises. */
const stateEveryMs = 300_000;
/** A subscription that is back within this was never gone for anybody: a camera that was started anew takes longer. */
const graceMs = 15_000;
/** The camera's word on when counts within this of ours, once its clock's error is taken off. */
const believedMs = 60_000;
/** GetSystemDateAndTime tells whole seconds: an error below this is none. */
const clockGrainMs = 1_500;

const metricOf: Record<CameraEventKind, string> = {
  motion: 'motion',
  tamper: 'tamper',
  'digital-input': 'digitalInput',
  'line-crossing': 'lineCrossing',
};

/**
 * What cameras notice, as readings of the device that stands for each (contracts/camera-device.ts). A change is told at
 * once; the whole state with each subscription and every five minutes. Which of it is an alarm, the hub's rules say.
 */
export function createCameraEvents(deps: CameraEventsDeps): CameraEvents {
  const watches = deps.cameras.map((camera) => startCamera(deps, camera));
  return {
    async stop() {
      await Promise.all(watches.map((watch) => watch.stop()));
    },
  };
}

function startCamera({ clock, log, tell, random }: CameraEventsDeps, { id, onvif }: WatchedCamera): EventWatch {
  const device = cameraDeviceId(id);
  /** By kind and source. */
  const states = new Map<CameraEventKind, Map<string, boolean>>();
  const toldValues = new Map<string, MetricValue>();
  let clockErrorMs: number | null = null;
  let online: boolean | null = null;
  let cancelGoodbye: (() => void) | null = null;

  function read(values: Record<string, MetricValue>, observedAtMs: number): void {
    const nowMs = clock.now();
    const lane = Object.keys(values).some((metric) => alarmLaneMetrics.has(metric)) ? 'alarm' : 'telemetry';
    tell(lane, [{ t: 'reading', device, observedAt: timestamp(observedAtMs), receivedAt: timestamp(nowMs), values }]);
  }

  /** All that is known to be so now. Two sources of a kind say it together: yes when one does. */
  function current(kind: CameraEventKind): Record<string, MetricValue> {
    const metric = metricOf[kind];
    const sources = states.get(kind) ?? new Map<string, boolean>();
    const values: Record<string, MetricValue> = { [metric]: [...sources.values()].some(Boolean) };
    if (sources.size > 1) for (const [source, active] of sources) values[`${metric}:${source}`] = active;
    return values;
  }

  function onEvents(events: CameraEvent[]): void {
    for (const event of events) {
      const observedAtMs = observedAt(event, clockErrorMs, clock.now());
      if (event.active === null) {
        // It has no state that could end: every time is news.
        if (event.operation !== 'Initialized') read({ [metricOf[event.kind]]: true }, observedAtMs);
        continue;
      }
      const sources = states.get(event.kind) ?? new Map<string, boolean>();
      states.set(event.kind, sources);
      if (event.operation === 'Deleted') sources.delete(event.source);
      else sources.set(event.source, event.active);
      const values = Object.fromEntries(
        Object.entries(current(event.kind)).filter(([metric, value]) => toldValues.get(metric) !== value),
      );
      if (Object.keys(values).length === 0) continue;
      for (const [metric, value] of Object.entries(values)) toldValues.set(metric, value);
      read(values, observedAtMs);
    }
  }

  function sayOnline(next: boolean): void {
    if (online === next) return;
    online = next;
    tell('alarm', [{ t: 'device-status', device, online: next, at: timestamp(clock.now()) }]);
  }

  function onState(state: EventWatchState): void {
    if (state.state === 'subscribed') {
      cancelGoodbye?.();
      cancelGoodbye = null;
      sayOnline(true);
      // What changed meanwhile nobody told: the state comes anew, and is told anew. A rule that is gone says nothing more.
      states.clear();
      toldValues.clear();
      clockErrorMs = state.clockErrorMs;
      if (clockErrorMs !== null) read(clockError(clockErrorMs), clock.now());
    } else {
      cancelGoodbye ??= clock.after(graceMs, () => {
        cancelGoodbye = null;
        sayOnline(false);
      });
    }
  }

  const watch = watchEvents({
    cameraId: id,
    openEvents: () => onvif.openEvents(),
    clock,
    log,
    onEvents,
    onState,
    onRestart() {
      log.warn({ camera: id }, 'camera was started anew');
      read({ restarted: true }, clock.now());
    },
    ...(random && { random }),
  });
  const cancelStates = clock.every(stateEveryMs, () => {
    if (online !== true || cancelGoodbye !== null) return;
    const kinds = [...states.keys()].filter((kind) => (states.get(kind)?.size ?? 0) > 0);
    const clockNow = clockErrorMs === null ? {} : clockError(clockErrorMs);
    read(Object.assign({}, clockNow, ...kinds.map(current)), clock.now());
  });

  return {
    async stop() {
      cancelStates();
      cancelGoodbye?.();
      await watch.stop();
    },
  };
}

/** Seconds, to a tenth. */
const clockError = (errorMs: number): Record<string, MetricValue> => ({ clockError: Math.round(errorMs / 100) / 10 });

/** When it happened, our clock. A state that was found is of the moment in which it was found. */
function observedAt({ operation, cameraTimeMs }: CameraEvent, clockErrorMs: number | null, nowMs: number): number {
  if (operation === 'Initialized' || cameraTimeMs === null) return nowMs;
  const error = clockErrorMs !== null && Math.abs(clockErrorMs) > clockGrainMs ? clockErrorMs : 0;
  const atMs = cameraTimeMs - error;
  return Math.abs(nowMs - atMs) <= believedMs ? Math.min(atMs, nowMs) : nowMs;
}
