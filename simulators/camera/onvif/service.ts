import type { Clip } from '../h264/clip.ts';
import type { EventHub } from './event-hub.ts';
import type { PtzHead, PtzPosition } from './ptz-head.ts';
import { SoapFault, type XmlNode } from './soap.ts';

/** The camera behind the services. */
export interface OnvifDevice {
  id: string;
  name: string;
  clip(): Clip;
  /** Null for a fixed camera. */
  ptz: PtzHead | null;
  presets: Map<string, { name: string; position: PtzPosition }>;
  events: EventHub;
}

export interface ServiceCall {
  device: OnvifDevice;
  parameters: XmlNode;
  /** http://host:port of this server as the client reached it. */
  origin: string;
  /** rtsp://host:port likewise. */
  rtspOrigin: string;
  nowMs: number;
  /** Last part of the path: the subscription for pull point calls. */
  resource: string;
}

export type Operation = (call: ServiceCall) => string | Promise<string>;

/** Operations by name; those in `open` need no sign-in (access class PRE_AUTH). */
export interface Service {
  operations: Readonly<Record<string, Operation>>;
  open: readonly string[];
}

export const serviceAddress = ({ origin, device }: ServiceCall, service: string): string =>
  `${origin}/onvif/${encodeURIComponent(device.id)}/${service}`;

export const profileToken = 'main';
export const videoSourceToken = 'VideoSource_1';

export const noSuch = (what: string, subcode: string): SoapFault =>
  new SoapFault(`There is no such ${what}`, ['ter:InvalidArgVal', subcode]);
