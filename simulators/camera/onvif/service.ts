import type { Clip } from '../h264/clip.ts';
import type { EventHub } from './event-hub.ts';
import type { PtzHead, PtzPosition } from './ptz-head.ts';
import { SoapFault, type XmlNode } from './soap.ts';

/** What this camera does that others do not; settable while it runs. */
export interface OnvifQuirks {
  /** `token`: WS-UsernameToken only. `digest`: HTTP Digest only. */
  signIn: 'both' | 'token' | 'digest';
  /** Has the Media2 service (ver20/media) beside Media1. */
  media2: boolean;
  /** Its clock minus the true one. */
  clockErrorMs: number;
  /** Writes its times with `+00:00` for `Z`. */
  offsetTimestamps: boolean;
  /** `silent`: pulls are answered and empty for ever. `hangs`: they are not answered. Subscriptions that are made later too. */
  pullPoint: 'works' | 'silent' | 'hangs';
  /** Grants no subscription a longer life; null: up to an hour. */
  longestLifeMs: number | null;
  /** Names subscriptions in the query of their address, or in reference parameters that must be echoed. */
  subscriptionBy: 'path' | 'query' | 'reference';
  /** Its profiles lack what clients look for: no encoder in Media1's first profile. */
  bareProfile: boolean;
}

export const createQuirks = (own: Partial<OnvifQuirks> = {}): OnvifQuirks => ({
  signIn: 'both',
  media2: false,
  clockErrorMs: 0,
  offsetTimestamps: false,
  pullPoint: 'works',
  longestLifeMs: null,
  subscriptionBy: 'path',
  bareProfile: false,
  ...own,
});

export interface SimulatedProfile {
  /** Also the last part of its stream's address. */
  token: string;
  codec: 'H264' | 'H265' | 'JPEG';
  width: number;
  height: number;
  fps: number;
}

/** The camera behind the services. */
export interface OnvifDevice {
  id: string;
  name: string;
  clip(): Clip;
  /** Null for a fixed camera. */
  ptz: PtzHead | null;
  presets: Map<string, { name: string; position: PtzPosition }>;
  events: EventHub;
  quirks: OnvifQuirks;
  /** Absent: one H.264 profile `main` of the clip it shows. */
  profiles?(): readonly SimulatedProfile[];
}

export interface ServiceCall {
  device: OnvifDevice;
  parameters: XmlNode;
  header: XmlNode;
  /** http://host:port of this server as the client reached it. */
  origin: string;
  /** rtsp://host:port likewise. */
  rtspOrigin: string;
  nowMs: number;
  /** Last part of the path: the subscription for pull point calls. */
  resource: string;
  /** What stood behind the path. */
  query: URLSearchParams;
}

export type Operation = (call: ServiceCall) => string | Promise<string>;

/** Operations by name; those in `open` need no sign-in (access class PRE_AUTH). */
export interface Service {
  operations: Readonly<Record<string, Operation>>;
  open: readonly string[];
}

/** xs:dateTime of this camera's clock. */
export const cameraTime = ({ quirks }: OnvifDevice, epochMs: number): string => {
  const text = new Date(epochMs + quirks.clockErrorMs).toISOString();
  return quirks.offsetTimestamps ? text.replace('Z', '+00:00') : text;
};

export function profilesOf(device: OnvifDevice): readonly SimulatedProfile[] {
  if (device.profiles) return device.profiles();
  const { sequence, fps } = device.clip();
  return [{ token: profileToken, codec: 'H264', width: sequence.width, height: sequence.height, fps }];
}

export const serviceAddress = ({ origin, device }: ServiceCall, service: string): string =>
  `${origin}/onvif/${encodeURIComponent(device.id)}/${service}`;

export const streamAddress = ({ rtspOrigin, device }: ServiceCall, profile: string): string =>
  `${rtspOrigin}/${encodeURIComponent(device.id)}/${encodeURIComponent(profile)}`;

export const profileToken = 'main';
export const videoSourceToken = 'VideoSource_1';

export const noSuch = (what: string, subcode: string): SoapFault =>
  new SoapFault(`There is no such ${what}`, ['ter:InvalidArgVal', subcode]);
