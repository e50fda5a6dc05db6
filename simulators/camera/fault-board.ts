import type { Clock } from '@kuzet/lib/clock.ts';
import { Value } from 'typebox/value';
import { type CameraFault, cameraFaultParams, type FaultParams, faultParamsRefusal } from './camera-fault.ts';

/** The faults of one camera that are on now. */
export interface FaultBoard {
  has(kind: CameraFault): boolean;
  /** The parameters of a fault that is on, else null. */
  params<K extends CameraFault>(kind: K): FaultParams<K> | null;
  /**
   * Starts a fault, or sets a new end and new parameters to one that is on. Zero seconds ends it now.
   * @throws Error for parameters that the fault does not have.
   */
  set(kind: CameraFault, seconds: number, params?: Readonly<Record<string, unknown>>): void;
  list(): { kind: CameraFault; untilMs: number; params: Readonly<Record<string, unknown>> }[];
  /** Ends all of them without telling. */
  clear(): void;
}

interface Entry {
  untilMs: number;
  params: Record<string, unknown>;
  cancel: () => void;
}

/** @param changed called after a fault began or ended. */
export function createFaultBoard({
  clock,
  changed,
}: {
  clock: Clock;
  changed: (kind: CameraFault, on: boolean) => void;
}): FaultBoard {
  const faults = new Map<CameraFault, Entry>();
  return {
    has: (kind) => faults.has(kind),
    params: <K extends CameraFault>(kind: K) => (faults.get(kind)?.params as FaultParams<K> | undefined) ?? null,
    set(kind, seconds, given = {}) {
      const refusal = faultParamsRefusal(kind, given);
      if (refusal) throw new Error(refusal);
      const params = Value.Default(cameraFaultParams[kind], { ...given }) as Record<string, unknown>;
      const before = faults.get(kind);
      before?.cancel();
      const end = () => {
        faults.delete(kind);
        changed(kind, false);
      };
      if (seconds > 0) {
        const cancel = clock.after(seconds * 1000, end);
        faults.set(kind, { untilMs: clock.now() + seconds * 1000, params, cancel });
        changed(kind, true);
      } else if (before) end();
    },
    list: () => [...faults].map(([kind, { untilMs, params }]) => ({ kind, untilMs, params })),
    clear() {
      for (const { cancel } of faults.values()) cancel();
      faults.clear();
    },
  };
}
