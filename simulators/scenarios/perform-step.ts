import type { CameraFarm, FarmResult } from '../camera/camera-farm.ts';
import type { SensorWorld } from '../sensors/sensor-world.ts';
import type { Perform } from './player.ts';

export interface PerformStepDeps {
  world: Pick<SensorWorld, 'startFire' | 'hold' | 'breakDevice'>;
  farm: Pick<CameraFarm, 'fault' | 'setClip'>;
  /** The clip each camera shows while nothing is the matter. */
  usualClip(cameraId: string): string;
}

/** Carries the steps of scenarios to sensors and cameras. A step that cannot be done throws. */
export function createPerformStep({ world, farm, usualClip }: PerformStepDeps): Perform {
  const must = (what: string, result: FarmResult) => {
    if (result !== 'done') throw new Error(`${what}: ${result}`);
  };
  return (step) => {
    switch (step.do) {
      case 'fire':
        return world.startFire({
          siteId: step.siteId,
          at: step.at,
          growth: step.growth,
          peakKw: step.peakKw,
          ceilingHeightM: step.ceilingHeightM,
          burntForS: step.burntForS,
          outAtS: step.burntForS + step.outAfterS,
        });
      case 'hold':
        return world.hold(step.device, step.values, step.overS);
      case 'break':
        return world.breakDevice(step.device, step.kind);
      case 'clip':
        must(`clip ${step.clip} on ${step.camera}`, farm.setClip(step.camera, step.clip));
        return () => void farm.setClip(step.camera, usualClip(step.camera));
      case 'camera-fault':
        must(`${step.kind} of ${step.camera}`, farm.fault(step.camera, step.kind, step.forS, step.params));
        return () => void farm.fault(step.camera, step.kind, 0);
      case 'cameras-fault':
        for (const camera of step.cameras)
          must(`${step.kind} of ${camera}`, farm.fault(camera, step.kind, step.forS, step.params));
        return () => {
          for (const camera of step.cameras) farm.fault(camera, step.kind, 0);
        };
    }
  };
}
