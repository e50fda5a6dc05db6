/** The parts of onvif 0.8.3 that we call; its own types lack the envelope's hook and the services' addresses. */
declare module 'onvif' {
  import type { EventEmitter } from 'node:events';

  /** `xml`: the envelope as it came, without declarations of namespaces. */
  export type CamCallback = (error: Error | null, result?: unknown, xml?: string) => void;
  interface ByProfile {
    profileToken: string;
  }

  export interface CamOptions {
    hostname: string;
    port: number;
    path: string;
    username?: string | undefined;
    password?: string | undefined;
    useSecure: boolean;
    secureOpts: { rejectUnauthorized: boolean };
    /** Milliseconds, of each request. */
    timeout: number;
    autoconnect: false;
    preserveAddress: boolean;
  }

  export class Cam extends EventEmitter {
    constructor(options: CamOptions);
    media2Support?: boolean;
    uri?: Partial<Record<'media' | 'media2' | 'ptz', { href: string }>>;
    /** `open`: without the end of the header and the beginning of the body. */
    _envelopeHeader(open?: boolean): string;
    digestAuth(challenges: string[], request: object): string;
    getServices(includeCapability: boolean, callback: CamCallback): void;
    getCapabilities(callback: CamCallback): void;
    getDeviceInformation(callback: CamCallback): void;
    getProfiles(callback: CamCallback): void;
    getStreamUri(options: ByProfile & { protocol: string; stream: string }, callback: CamCallback): void;
    getSnapshotUri(options: ByProfile, callback: CamCallback): void;
    /** `timeout` in milliseconds. */
    continuousMove(
      options: ByProfile & { x: number; y: number; zoom: number; timeout: number },
      callback: CamCallback,
    ): void;
    stop(options: ByProfile & { panTilt: boolean; zoom: boolean }, callback: CamCallback): void;
    getPresets(options: ByProfile, callback: CamCallback): void;
    gotoPreset(options: ByProfile & { preset: string }, callback: CamCallback): void;
    setPreset(options: ByProfile & { presetName: string }, callback: CamCallback): void;
    getStatus(options: ByProfile, callback: CamCallback): void;
  }
}
