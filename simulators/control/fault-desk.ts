import type { Clock } from '@kuzet/lib/clock.ts';
import { type CameraFarm, type CameraFault, cameraFaults } from '../camera/camera-farm.ts';
import { type DeviceFaultKind, deviceFaultKinds } from '../sensors/device-fault.ts';
import type { SensorWorld, Undo } from '../sensors/sensor-world.ts';
import { ProblemError } from './problem.ts';

export interface FaultDesk {
  /** Breaks a camera or device for a while. @throws ProblemError. */
  breakFor(target: string, kind: string, seconds: number): { target: string; kind: string; until: string };
  /** Mends every device at once. */
  stop(): void;
}

export interface FaultDeskDeps {
  world: Pick<SensorWorld, 'has' | 'refusal' | 'breakDevice'>;
  farm: Pick<CameraFarm, 'fault'>;
  isCamera(id: string): boolean;
  clock: Clock;
}

/** Takes faults for cameras and devices alike; one fault a device, the newest. */
export function createFaultDesk({ world, farm, isCamera, clock }: FaultDeskDeps): FaultDesk {
  const devices = new Map<string, { undo: Undo; cancel: () => void }>();

  const mend = (deviceId: string) => {
    const broken = devices.get(deviceId);
    if (!broken) return;
    devices.delete(deviceId);
    broken.cancel();
    broken.undo();
  };

  return {
    breakFor(target, kind, seconds) {
      const until = new Date(clock.now() + seconds * 1000).toISOString();
      if (isCamera(target)) {
        if (!isCameraFault(kind)) {
          throw new ProblemError(
            'invalid-request',
            `a camera has no fault ${kind}; there are ${cameraFaults.join(', ')}`,
          );
        }
        farm.fault(target, kind, seconds);
        return { target, kind, until };
      }
      if (!world.has(target)) throw new ProblemError('not-found', `no camera and no device ${target}`);
      if (!isDeviceFault(kind)) {
        throw new ProblemError(
          'invalid-request',
          `a device has no fault ${kind}; there are ${deviceFaultKinds.join(', ')}`,
        );
      }
      const refusal = world.refusal(target, kind);
      if (refusal) throw new ProblemError('invalid-request', refusal);
      mend(target);
      devices.set(target, {
        undo: world.breakDevice(target, kind),
        cancel: clock.after(seconds * 1000, () => mend(target)),
      });
      return { target, kind, until };
    },
    stop: () => [...devices.keys()].forEach(mend),
  };
}

const isDeviceFault = (kind: string): kind is DeviceFaultKind => (deviceFaultKinds as readonly string[]).includes(kind);
const isCameraFault = (kind: string): kind is CameraFault => (cameraFaults as readonly string[]).includes(kind);
