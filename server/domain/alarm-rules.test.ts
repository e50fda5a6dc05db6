import type { DeviceKind } from '@kuzet/contracts/device.ts';
import { describe, expect, it } from 'vitest';
import { alarmRules, isAlarmMetric, judge } from './alarm-rules.ts';

const said = (kind: DeviceKind, metric: string, value: number | boolean | string) =>
  judge(kind, metric, value).map(
    ({ rule, verdict }) => `${rule.condition} ${verdict} ${rule.priority} ${rule.incidentType}`,
  );

describe('alarm rules', () => {
  it.each([
    ['smoke-detector', 'smoke', true, ['smoke raise critical fire']],
    ['smoke-detector', 'smoke', false, ['smoke clear critical fire']],
    ['fire-panel', 'alarm', true, ['panel-fire raise critical fire']],
    ['motion-sensor', 'fire', true, ['panel-fire raise critical fire']],
    ['manual-call-point', 'alarm', true, ['manual-call-point raise critical fire']],
    ['gas-detector', 'gas', true, ['gas raise critical gas']],
    ['door-contact', 'forced', true, ['door-forced raise high intrusion']],
    ['water-leak', 'leak', true, ['water-leak raise high water']],
    ['water-level', 'level', 3.1, ['water-level raise high water']],
    ['smoke-detector', 'smokeDensity', 2, ['smoke-density raise high fire']],
  ] as const)('[A1] %s %s=%s', (kind, metric, value, expected) => {
    expect(said(kind, metric, value)).toEqual(expected);
  });

  it.each([
    [56.9, 'hold'],
    [57, 'raise'],
    [50, 'hold'],
    [49.9, 'clear'],
  ])('[A2] heat at %d °C: %s', (temperature, verdict) => {
    expect(judge('heat-detector', 'temperature', temperature).map((signal) => signal.verdict)).toEqual([verdict]);
  });
  it('[A2] a weather station at 60 °C is no fire', () => {
    expect(judge('weather-station', 'temperature', 60)).toEqual([]);
  });
  it('[A3] fault, tamper and a low battery raise a device fault and no incident', () => {
    for (const metric of ['fault', 'tamper', 'batteryLow']) {
      expect(said('street-light', metric, true)).toEqual(['device-fault raise routine null']);
    }
  });
  it('[A1] an open door, movement and unknown metrics raise nothing', () => {
    expect([...judge('door-contact', 'open', true), ...judge('motion-sensor', 'motion', true)]).toEqual([]);
    expect(isAlarmMetric('vendorThing')).toBe(false);
  });
  it('[O5] what a camera notices is no incident; tamper is a fault of the camera', () => {
    for (const metric of ['motion', 'digitalInput', 'lineCrossing']) expect(judge('camera', metric, true)).toEqual([]);
    expect(said('camera', 'tamper', true)).toEqual(['device-fault raise routine null']);
  });
  it('[A1] a word where a number or yes/no is meant neither raises nor clears', () => {
    expect(said('smoke-detector', 'smoke', 'true')).toEqual(['smoke hold critical fire']);
    expect(said('heat-detector', 'temperature', 'hot')).toEqual(['heat hold critical fire']);
  });
  it('[A1] every threshold leaves room between raising and clearing', () => {
    for (const { threshold } of alarmRules) if (threshold) expect(threshold.clearBelow).toBeLessThan(threshold.raiseAt);
  });
});
