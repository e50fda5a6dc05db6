import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Values, WireMessage } from './formats/device-format.ts';
import { formatOf } from './formats/format-of.ts';

/**
 * What can go wrong with a device. `silent`: sends nothing. `flapping`: its alarm comes and goes every second.
 * `fault`: reports a fault of its own (EN 54), where it can. `rubbish`: sends what nobody can read. `offline`: its
 * gateway says that it left, where there is one.
 */
export const deviceFaultKinds = ['silent', 'flapping', 'fault', 'rubbish', 'offline'] as const;
export type DeviceFaultKind = (typeof deviceFaultKinds)[number];

/** The yes/no metric that makes a device's alarm. */
const alarmMetrics = ['smoke', 'alarm', 'gas', 'leak', 'forced', 'open', 'motion', 'on', 'fault'] as const;

/** Why this device cannot have this fault, or null when it can. */
export function faultRefusal(device: SiteDevice, kind: DeviceFaultKind): string | null {
  if (kind === 'fault' && !has(device, 'fault')) return `${device.id} does not report faults of its own`;
  if (kind === 'flapping' && !alarmMetric(device)) return `${device.id} has nothing that could flap`;
  if (kind === 'offline' && !formatOf(device).presence(device, false)) {
    return `${device.id} has no gateway that would say so; make it silent`;
  }
  return null;
}

/** The values as the fault bends them; null when nothing is sent. */
export function faultyValues(
  device: SiteDevice,
  kind: DeviceFaultKind,
  values: Values,
  sinceMs: number,
): Values | null {
  const metric = alarmMetric(device);
  switch (kind) {
    case 'silent':
    case 'offline':
      return null;
    case 'flapping':
      return metric ? { ...values, [metric]: Math.floor(sinceMs / 1000) % 2 === 0 } : values;
    case 'fault':
      return { ...values, fault: true };
    case 'rubbish':
      return values;
  }
}

/** A reading cut short on its way: valid text, no JSON. */
export const spoil = (message: WireMessage): WireMessage => ({
  ...message,
  payload: `${message.payload.slice(0, Math.floor(message.payload.length / 2))}\u0000\ufffd`,
});

const has = (device: SiteDevice, name: string): boolean => device.metrics.some((metric) => metric.name === name);
const alarmMetric = (device: SiteDevice): string | undefined => alarmMetrics.find((name) => has(device, name));
