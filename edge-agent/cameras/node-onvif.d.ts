/** The parts of node-onvif 0.1.7 that we call; the package has no types of its own. */
declare module 'node-onvif' {
  import type { Socket } from 'node:dgram';

  export interface ProbeMatch {
    urn: string;
    name: string;
    hardware: string;
    location: string;
    xaddrs: string[];
  }

  export interface Profile {
    token: string;
    name: string;
    /** Empty when the camera gave none. */
    snapshot: string;
    stream: { udp: string; http: string; rtsp: string };
    video: { encoder: { encoding: string } | null };
  }

  export interface DeviceInformation {
    Manufacturer?: string;
    Model?: string;
    FirmwareVersion?: string;
    SerialNumber?: string;
  }

  export class OnvifDevice {
    constructor(parameters: { xaddr: string; user?: string; pass?: string });
    services: {
      ptz: null | { gotoPreset(parameters: { ProfileToken: string; PresetToken: string }): Promise<unknown> };
    };
    init(): Promise<DeviceInformation>;
    getProfileList(): Profile[];
    changeProfile(token: string): Profile | null;
    /** `timeout` in whole seconds. */
    ptzMove(parameters: { speed: { x: number; y: number; z: number }; timeout: number }): Promise<void>;
    ptzStop(): Promise<unknown>;
  }

  const onvif: {
    OnvifDevice: typeof OnvifDevice;
    startProbe(): Promise<ProbeMatch[]>;
    stopProbe(): Promise<void>;
    /** The probe's socket while one runs. */
    _udp: Socket | null;
  };
  export default onvif;
}
