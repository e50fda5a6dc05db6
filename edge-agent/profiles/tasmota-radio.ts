import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Observed } from './gathering.ts';
import type { ReaderContext, ReaderItem } from './profile.ts';

/**
 * Radio detectors repeat their alarm while it lasts and have no word for its end: after so long without the code, what
 * it said is over. Not for what another code of the device ends.
 */
export const radioFallsBackMs = 300_000;

export interface RadioCodes {
  devices(devices: readonly SiteDevice[], bridgeOf: (device: SiteDevice) => string): void;
  /** Whether any device is behind this bridge. */
  has(bridge: string): boolean;
  /** The devices behind a bridge. */
  behind(bridge: string): readonly string[];
  /** What a code means, of whichever devices have it. */
  read(bridge: string, code: string, observed: Observed): ReaderItem[];
  close(): void;
}

interface Meaning {
  device: string;
  values: Record<string, MetricValue>;
  /** Metrics that fall back by themselves. */
  falling: string[];
}

const normal = (code: string): string => code.replace(/^0x/i, '').toUpperCase();

/** Which code of which receiver is which device's, and when what it said is over. */
export function createRadioCodes({ clock, emit, memory }: ReaderContext): RadioCodes {
  let bridges = new Map<string, { ids: string[]; meanings: Map<string, Meaning[]> }>();
  let known = new Set<string>();
  const timers = new Map<string, () => void>();

  function fallBackAt(key: string, dueMs: number): void {
    timers.get(key)?.();
    const [device = '', metric = ''] = key.split('\n');
    const over = () => {
      timers.delete(key);
      memory.set(key, null);
      if (known.has(device)) emit([{ t: 'reading', device, observedAtMs: clock.now(), values: { [metric]: false } }]);
    };
    timers.set(key, clock.after(Math.max(0, dueMs - clock.now()), over));
  }

  return {
    devices(devices, bridgeOf) {
      bridges = new Map();
      known = new Set();
      for (const device of devices) {
        if (!device.codes) continue;
        known.add(device.id);
        const topic = bridgeOf(device);
        const bridge = bridges.get(topic) ?? { ids: [], meanings: new Map<string, Meaning[]>() };
        bridges.set(topic, bridge);
        bridge.ids.push(device.id);
        const ended = new Set(
          Object.values(device.codes).flatMap((values) => Object.keys(values).filter((name) => values[name] === false)),
        );
        for (const [code, values] of Object.entries(device.codes)) {
          const falling = Object.keys(values).filter((name) => values[name] === true && !ended.has(name));
          const meanings = bridge.meanings.get(normal(code)) ?? [];
          bridge.meanings.set(normal(code), [...meanings, { device: device.id, values, falling }]);
        }
      }
      // An edge agent that started again must still end what began before.
      for (const [key, text] of memory.entries()) if (!timers.has(key)) fallBackAt(key, Number(text) || 0);
    },
    has: (bridge) => bridges.has(bridge),
    behind: (bridge) => bridges.get(bridge)?.ids ?? [],
    read(bridge, code, observed) {
      const meanings = bridges.get(bridge)?.meanings.get(code) ?? [];
      const dueMs = clock.now() + radioFallsBackMs;
      return meanings.map(({ device, values, falling }) => {
        for (const metric of falling) {
          const key = `${device}\n${metric}`;
          memory.set(key, String(dueMs));
          fallBackAt(key, dueMs);
        }
        return { t: 'reading', device, ...observed, values: { ...values } };
      });
    },
    close() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
