import type { Statistics } from '@kuzet/contracts/api.ts';
import type { Camera } from '@kuzet/contracts/camera.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { Device } from '@kuzet/contracts/device.ts';
import { cityWords as words } from '../kit/words/city.ts';

export interface Indicator {
  id: string;
  group: 'response' | 'city' | 'system';
  name: LocalizedText;
  /** Null: nothing to show, and the page says so. */
  value: number | null;
  unit: LocalizedText | string;
  digits: number;
  /** `up-to`: above it is too much. `at-least`: below it is too little. */
  norm: { kind: 'up-to' | 'at-least'; value: number };
  /** Full width of its scale. */
  scale: number;
  /** Where its history can be read. */
  history?: { deviceId: string; metric: string };
}

/** Norms of the center itself; the air's is the daily limit of PM2.5 in Kazakhstan, 35 µg/m³. */
const norms = { takeS: 60, acceptS: 60, pm25: 35, levelM: 3, camerasPercent: 98, devicesPercent: 98 };

const seconds: LocalizedText = { kk: 'с', ru: 'с', en: 's' };

/** Share of what is in order, percent; null of nothing. */
const percent = (good: number, all: number): number | null => (all === 0 ? null : (100 * good) / all);

function highest(devices: readonly Device[], metric: string): { value: number; deviceId: string } | null {
  let found: { value: number; deviceId: string } | null = null;
  for (const device of devices) {
    const value = device.latest[metric]?.value;
    // Dead is never shown as fine: what a silent device said last does not count.
    if (typeof value !== 'number' || device.state !== 'online') continue;
    if (found === null || value > found.value) found = { value, deviceId: device.id };
  }
  return found;
}

/** Every figure of the city page from what the hub says now. */
export function indicatorsOf(
  statistics: Statistics | null,
  devices: readonly Device[],
  cameras: readonly Camera[],
  outdoorSites: ReadonlySet<string>,
): Indicator[] {
  // The city's air is the air of its streets: a burning hall is an incident, not the weather.
  const air = highest(
    devices.filter((device) => outdoorSites.has(device.siteId)),
    'pm25',
  );
  const water = highest(
    devices.filter((device) => device.kind === 'water-level'),
    'level',
  );
  const watched = cameras.filter((camera) => camera.state !== 'disabled');
  const inService = devices.filter((device) => device.state !== 'disabled');
  return [
    {
      id: 'acknowledge',
      group: 'response',
      name: words.acknowledgeMedian,
      value: statistics?.medianAcknowledgeS ?? null,
      unit: seconds,
      digits: 0,
      norm: { kind: 'up-to', value: norms.takeS },
      scale: 120,
    },
    {
      id: 'accept',
      group: 'response',
      name: words.acceptMedian,
      value: statistics?.medianAcceptS ?? null,
      unit: seconds,
      digits: 0,
      norm: { kind: 'up-to', value: norms.acceptS },
      scale: 120,
    },
    {
      id: 'overdue',
      group: 'response',
      name: words.overdue,
      value: statistics?.dispatchesOverdue ?? null,
      unit: '',
      digits: 0,
      norm: { kind: 'up-to', value: 0 },
      scale: 10,
    },
    {
      id: 'pm25',
      group: 'city',
      name: words.pm25,
      value: air?.value ?? null,
      unit: 'µg/m³',
      digits: 0,
      norm: { kind: 'up-to', value: norms.pm25 },
      scale: 70,
      history: air ? { deviceId: air.deviceId, metric: 'pm25' } : undefined,
    },
    {
      id: 'water',
      group: 'city',
      name: words.waterLevel,
      value: water?.value ?? null,
      unit: { kk: 'м', ru: 'м', en: 'm' },
      digits: 2,
      norm: { kind: 'up-to', value: norms.levelM },
      scale: 5,
      history: water ? { deviceId: water.deviceId, metric: 'level' } : undefined,
    },
    {
      id: 'cameras',
      group: 'system',
      name: words.camerasLive,
      value: percent(watched.filter((camera) => camera.state === 'live').length, watched.length),
      unit: '%',
      digits: 1,
      norm: { kind: 'at-least', value: norms.camerasPercent },
      scale: 100,
    },
    {
      id: 'devices',
      group: 'system',
      name: words.devicesOnline,
      value: percent(inService.filter((device) => device.state === 'online').length, inService.length),
      unit: '%',
      digits: 1,
      norm: { kind: 'at-least', value: norms.devicesPercent },
      scale: 100,
    },
  ];
}

/** Outside its norm; what nobody knows is not called fine or bad. */
export const isOff = ({ value, norm }: Indicator): boolean =>
  value !== null && (norm.kind === 'up-to' ? value > norm.value : value < norm.value);
