import { writeFileSync } from 'node:fs';
import type { DeviceKind } from '@kuzet/contracts/device.ts';
import type { SiteDevice, SiteFile } from '@kuzet/contracts/site-file.ts';
import { topics } from '@kuzet/contracts/topics.ts';

/** A device of a generated site, and what it says. */
export interface BenchDevice {
  device: SiteDevice;
  topic: string;
  /** The metric it sends, and its value the n-th time. */
  metric: string;
  read(n: number): number | boolean;
}

const name = (text: string) => ({ kk: text, ru: text, en: text });
const devicesPerSite = 100;

/** A slow wave with a little of its own: no two devices say the same, nothing reaches an alarm. */
const wave = (mean: number, swing: number, phase: number) => (n: number) =>
  Math.round((mean + swing * Math.sin((n + phase * 37) / 50)) * 100) / 100;

/** Of a hundred devices: what they are, what they send, and how many of them there are. */
const mix: {
  kind: DeviceKind;
  metric: string;
  unit: string;
  share: number;
  value(i: number): BenchDevice['read'];
}[] = [
  { kind: 'weather-station', metric: 'temperature', unit: 'Cel', share: 30, value: (i) => wave(20, 5, i) },
  { kind: 'air-quality', metric: 'pm25', unit: 'ug/m3', share: 30, value: (i) => wave(35, 20, i) },
  { kind: 'power-meter', metric: 'power', unit: 'kW', share: 29, value: (i) => wave(4, 3, i) },
  // Judged by the heat rule with every reading.
  { kind: 'heat-detector', metric: 'temperature', unit: 'Cel', share: 10, value: (i) => wave(24, 4, i) },
  // Goes through the alarm lane with every reading.
  { kind: 'smoke-detector', metric: 'smoke', unit: '', share: 1, value: () => () => false },
];

/**
 * A city of `count` devices in the canonical format: 10 % are judged by a rule, 1 % speak through the alarm lane.
 * @param smokeDetectors so many more of these after them, 20 a site.
 */
export function createBenchSite(count: number, smokeDetectors = 0): { file: SiteFile; devices: BenchDevice[] } {
  const kinds = mix.flatMap((part) => Array.from({ length: part.share }, () => part));
  const calmSites = Math.ceil(count / devicesPerSite);
  const siteCount = calmSites + Math.ceil(smokeDetectors / 20);
  const position = (i: number) => ({ lon: 71.3 + (i % 40) * 0.006, lat: 51.05 + Math.floor(i / 40) * 0.006 });
  const sites = Array.from({ length: siteCount }, (_, i) => ({
    id: `site-${i}`,
    name: name(`Site ${i}`),
    kind: 'office' as const,
    address: name(`Street ${i}`),
    district: name('Bench'),
    position: position(i),
  }));
  const devices = Array.from({ length: count + smokeDetectors }, (_, i): BenchDevice => {
    const { kind, metric, unit, value } = i < count ? kinds[(i * 37) % kinds.length]! : mix.at(-1)!;
    const siteAt = i < count ? i % calmSites : calmSites + ((i - count) % (siteCount - calmSites));
    const siteId = `site-${siteAt}`;
    const id = `dev-${String(i).padStart(5, '0')}`;
    return {
      device: {
        id,
        siteId,
        kind,
        name: name(`Device ${i}`),
        position: position(siteAt),
        metrics: [{ name: metric, unit }],
        expectedIntervalS: 10,
        profile: 'canonical',
      },
      topic: topics.reading(siteId, id),
      metric,
      read: value(i),
    };
  });
  return { file: { sites, zones: [], devices: devices.map(({ device }) => device), cameras: [] }, devices };
}

/** JSON is YAML. */
export const writeSiteFile = (path: string, file: SiteFile): void => writeFileSync(path, JSON.stringify(file));
