import type { Clock } from '@kuzet/lib/clock.ts';
import type { CameraFarm } from '../camera/camera-farm.ts';
import { cameraFaults, faultParamsRefusal, isCameraFault } from '../camera/camera-fault.ts';
import { type DeviceFaultKind, deviceFaultKinds } from '../sensors/device-fault.ts';
import type { SensorWorld, Undo } from '../sensors/sensor-world.ts';
import { ProblemError } from './problem.ts';

export type FaultParameters = Readonly<Record<string, unknown>>;

export interface FaultDesk {
  /**
   * Breaks cameras or devices for a while, at the same moment: all of them or, when one of them cannot be, none. A
   * target `site:<siteId>` is every camera of that site. @throws ProblemError.
   */
  breakFor(
    targets: readonly string[],
    kind: string,
    seconds: number,
    params?: FaultParameters,
  ): { targets: string[]; kind: string; until: string };
  /** Mends every device at once. */
  stop(): void;
}

export interface FaultDeskDeps {
  world: Pick<SensorWorld, 'has' | 'refusal' | 'breakDevice'>;
  farm: Pick<CameraFarm, 'fault'>;
  isCamera(id: string): boolean;
  /** Cameras of a site, or null when there is no such site. */
  camerasOf(siteId: string): readonly string[] | null;
  clock: Clock;
}

/** Takes faults for cameras and devices alike; one fault a device, the newest. */
export function createFaultDesk({ world, farm, isCamera, camerasOf, clock }: FaultDeskDeps): FaultDesk {
  const devices = new Map<string, { undo: Undo; cancel: () => void }>();

  const mend = (deviceId: string) => {
    const broken = devices.get(deviceId);
    if (!broken) return;
    devices.delete(deviceId);
    broken.cancel();
    broken.undo();
  };

  function membersOf(target: string): readonly string[] {
    const siteId = /^site:(.+)$/.exec(target)?.[1];
    if (siteId === undefined) return [target];
    const cameras = camerasOf(siteId);
    if (!cameras) throw new ProblemError('not-found', `no site ${siteId}`);
    if (cameras.length === 0) throw new ProblemError('invalid-request', `site ${siteId} has no cameras`);
    return cameras;
  }

  /** What carries the fault out. @throws ProblemError. */
  function prepare(target: string, kind: string, seconds: number, params?: FaultParameters): () => void {
    if (isCamera(target)) {
      if (!isCameraFault(kind)) {
        throw new ProblemError(
          'invalid-request',
          `a camera has no fault ${kind}; there are ${cameraFaults.join(', ')}`,
        );
      }
      const refusal = faultParamsRefusal(kind, params);
      if (refusal) throw new ProblemError('invalid-request', refusal);
      return () => void farm.fault(target, kind, seconds, params);
    }
    if (!world.has(target)) throw new ProblemError('not-found', `no camera and no device ${target}`);
    if (!isDeviceFault(kind)) {
      throw new ProblemError(
        'invalid-request',
        `a device has no fault ${kind}; there are ${deviceFaultKinds.join(', ')}`,
      );
    }
    if (params && Object.keys(params).length > 0) {
      throw new ProblemError('invalid-request', `a device's fault has no params`);
    }
    const refusal = world.refusal(target, kind);
    if (refusal) throw new ProblemError('invalid-request', refusal);
    return () => {
      mend(target);
      devices.set(target, {
        undo: world.breakDevice(target, kind),
        cancel: clock.after(seconds * 1000, () => mend(target)),
      });
    };
  }

  return {
    breakFor(wanted, kind, seconds, params) {
      const targets = [...new Set(wanted.flatMap(membersOf))];
      const steps = targets.map((target) => prepare(target, kind, seconds, params));
      const until = new Date(clock.now() + seconds * 1000).toISOString();
      for (const step of steps) step();
      return { targets, kind, until };
    },
    stop: () => [...devices.keys()].forEach(mend),
  };
}

const isDeviceFault = (kind: string): kind is DeviceFaultKind => (deviceFaultKinds as readonly string[]).includes(kind);
