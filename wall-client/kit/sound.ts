import type { Priority } from '@kuzet/contracts/incident.ts';
import { signal } from '@preact/signals';

/** `blocked`: the browser wants a press before it lets a page be heard; the page must say so. */
export const soundState = signal<'on' | 'blocked' | 'muted'>('blocked');
export const mutedUntil = signal(0);

const muteMs = 60_000;
/** Pulse starts in seconds; counts after IEC 60601-1-8. */
const pulses: Record<Priority, number[]> = {
  critical: [0, 0.25, 0.5, 1.1, 1.35],
  high: [0, 0.3, 0.6],
  routine: [],
};

let context: AudioContext | null = null;

/** Tries to open the sound; to be called again from a press. */
export async function openSound(): Promise<void> {
  context ??= new AudioContext();
  context.onstatechange = show;
  // resume() never settles while blocked, so its end is not awaited: the state tells.
  void context.resume();
  await Promise.resolve();
  show();
}

function show(): void {
  const allowed = context?.state === 'running';
  soundState.value = !allowed ? 'blocked' : Date.now() < mutedUntil.value ? 'muted' : 'on';
}

/** Silences for a minute and hides nothing. */
export function mute(): void {
  mutedUntil.value = Date.now() + muteMs;
  show();
}

export function play(priority: Priority): void {
  show();
  if (!context || soundState.value !== 'on') return;
  for (const startS of pulses[priority]) {
    const at = context.currentTime + startS;
    const tone = context.createOscillator();
    const level = context.createGain();
    tone.frequency.value = priority === 'critical' ? 880 : 660;
    level.gain.setValueAtTime(0, at);
    level.gain.linearRampToValueAtTime(0.4, at + 0.02);
    level.gain.setValueAtTime(0.4, at + 0.13);
    level.gain.linearRampToValueAtTime(0, at + 0.18);
    tone.connect(level).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.2);
  }
}
