import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';

/** One camera to simulate; `number` is what its frame stamp says. */
export interface FarmCamera {
  id: string;
  number: number;
  name: string;
  clip: string;
  username: string;
  password: string;
  ptz: boolean;
}

export interface CameraFarmOptions {
  cameras: FarmCamera[];
  rtspPort: number;
  onvifPort: number;
  host: string;
  clock: Clock;
  log: Log;
}

/** What the rest of the simulators asks of the simulated cameras. */
export interface CameraFarm {
  start(): Promise<unknown>;
  stop(): Promise<void>;
  /** Breaks a camera for a while; throws what a person can read when it knows no such camera or kind. */
  fault(cameraId: string, kind: string, seconds: number): unknown;
  /** Shows another clip from now on; throws what a person can read when it knows no such camera or clip. */
  setClip(cameraId: string, clip: string): unknown;
  list(): unknown;
}

export type CreateCameraFarm = (options: CameraFarmOptions) => CameraFarm;
