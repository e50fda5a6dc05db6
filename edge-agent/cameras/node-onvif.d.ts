/** The parts of node-onvif 0.1.7 that we call; the package has no types of its own. */
declare module 'node-onvif' {
  /** `soap`: the envelope as it came. */
  export interface ServiceAnswer {
    soap: string;
  }
  interface ByProfile {
    ProfileToken: string;
  }

  export interface DeviceService {
    getDeviceInformation(): Promise<ServiceAnswer>;
  }
  export interface MediaService {
    getProfiles(): Promise<ServiceAnswer>;
    getStreamUri(parameters: ByProfile & { Protocol: 'UDP' | 'HTTP' | 'RTSP' }): Promise<ServiceAnswer>;
    getSnapshotUri(parameters: ByProfile): Promise<ServiceAnswer>;
  }
  export interface PtzService {
    /** `Timeout` in whole seconds. */
    continuousMove(
      parameters: ByProfile & { Velocity: { x: number; y: number; z: number }; Timeout: number },
    ): Promise<ServiceAnswer>;
    stop(parameters: ByProfile & { PanTilt: boolean; Zoom: boolean }): Promise<ServiceAnswer>;
    getPresets(parameters: ByProfile): Promise<ServiceAnswer>;
    gotoPreset(parameters: ByProfile & { PresetToken: string }): Promise<ServiceAnswer>;
    setPreset(parameters: ByProfile & { PresetName: string }): Promise<ServiceAnswer>;
    getStatus(parameters: ByProfile): Promise<ServiceAnswer>;
  }

  export class OnvifDevice {
    constructor(parameters: { xaddr: string; user?: string; pass?: string });
    services: { device: DeviceService; media: MediaService | null; ptz: PtzService | null };
    /** The first steps of `init`: how far its clock is off, and which services it has. */
    _getSystemDateAndTime(): Promise<void>;
    _getCapabilities(): Promise<void>;
  }

  const onvif: { OnvifDevice: typeof OnvifDevice };
  export default onvif;
}

declare module 'node-onvif/lib/modules/soap.js' {
  /** The one SOAP client behind every device; HTTP_TIMEOUT in milliseconds. */
  const soap: { HTTP_TIMEOUT: number };
  export default soap;
}
