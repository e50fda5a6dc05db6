import { describe, expect, it } from 'vitest';
import { type ActiveAlarm, stepAlarm } from './alarm-machine.ts';

const smoke = (verdict: 'raise' | 'clear' | 'hold', muted = false) =>
  ({ metric: 'smoke', value: verdict === 'raise', verdict, muted }) as const;
const heat = (value: number, verdict: 'raise' | 'clear' | 'hold') =>
  ({ metric: 'temperature', value, verdict, muted: false }) as const;
const active = (over: Partial<ActiveAlarm> = {}): ActiveAlarm => ({
  metric: 'smoke',
  peakValue: true,
  sources: ['smoke'],
  ...over,
});

describe('stepAlarm', () => {
  it('[A4] raises once, and a repeated word while active changes nothing', () => {
    expect(stepAlarm(null, smoke('raise'))).toEqual({ kind: 'raise' });
    expect(stepAlarm(active(), smoke('raise'))).toEqual({ kind: 'none' });
  });
  it('[A4] raises again after clearing', () => {
    expect(stepAlarm(active(), smoke('clear'))).toEqual({ kind: 'clear' });
    expect(stepAlarm(null, smoke('raise'))).toEqual({ kind: 'raise' });
  });
  it('[A4] a clear with nothing active is nothing', () => {
    expect(stepAlarm(null, smoke('clear'))).toEqual({ kind: 'none' });
  });
  it('[A5] keeps the worst value, also of one between the thresholds', () => {
    const hot = active({ metric: 'temperature', sources: ['temperature'], peakValue: 60 });
    expect(stepAlarm(hot, heat(71, 'raise'))).toEqual({ kind: 'update', peakValue: 71, sources: ['temperature'] });
    expect(stepAlarm(hot, heat(55, 'hold'))).toEqual({ kind: 'none' });
    expect(stepAlarm(hot, heat(49, 'clear'))).toEqual({ kind: 'clear' });
  });
  it('[A6] clears only when the last metric that said so does', () => {
    const fault = active({ metric: 'fault', sources: ['fault'] });
    const tamper = { metric: 'tamper', value: true, verdict: 'raise', muted: false } as const;
    const both = stepAlarm(fault, tamper);
    expect(both).toEqual({ kind: 'update', peakValue: true, sources: ['fault', 'tamper'] });
    const two = active({ metric: 'fault', sources: ['fault', 'tamper'] });
    expect(stepAlarm(two, { ...tamper, metric: 'fault', value: false, verdict: 'clear' })).toEqual({
      kind: 'update',
      peakValue: true,
      sources: ['tamper'],
    });
    expect(stepAlarm(active({ sources: ['tamper'] }), { ...tamper, value: false, verdict: 'clear' })).toEqual({
      kind: 'clear',
    });
  });
  it('[A6] a metric that never said so cannot clear it', () => {
    expect(stepAlarm(active(), { ...smoke('clear'), metric: 'alarm' })).toEqual({ kind: 'none' });
  });
  it('[A7] a device in test raises nothing, and still clears what was active', () => {
    expect(stepAlarm(null, smoke('raise', true))).toEqual({ kind: 'none' });
    expect(stepAlarm(active(), smoke('clear', true))).toEqual({ kind: 'clear' });
  });
});
