import { type Static, Type } from 'typebox';
import { Id, LocalizedText, literals, Position } from './common.ts';
import { DeviceKind, Metric, MetricValue } from './device.ts';

/** The profiles an edge agent speaks; one file each in edge-agent/profiles. */
export const profileNames = [
  'canonical',
  'zigbee2mqtt',
  'home-assistant',
  'chirpstack',
  'milesight',
  'the-things-stack',
  'sparkplug-b',
  'tasmota',
  'shelly',
  'tuya-fire',
  'panel-magazino',
  'panel-pai',
  'sensorthings',
] as const;
export const ProfileName = literals(profileNames);
export type ProfileName = Static<typeof ProfileName>;

export const siteKinds = ['city', 'mall', 'station', 'park', 'office', 'school', 'hospital'] as const;

export const Site = Type.Object(
  {
    id: Id,
    name: LocalizedText,
    kind: literals(siteKinds),
    address: LocalizedText,
    /** District name, as a person would say where it is. */
    district: LocalizedText,
    position: Position,
  },
  { additionalProperties: false },
);
export type Site = Static<typeof Site>;

/** A part of a site that people name when they say where: a floor, a hall, a street segment. */
export const Zone = Type.Object(
  { id: Id, siteId: Id, name: LocalizedText, position: Position },
  { additionalProperties: false },
);
export type Zone = Static<typeof Zone>;

export const SiteDevice = Type.Object(
  {
    id: Id,
    siteId: Id,
    zoneId: Type.Optional(Id),
    kind: DeviceKind,
    name: LocalizedText,
    position: Position,
    metrics: Type.Array(Metric, { minItems: 1 }),
    /**
     * Seconds between two readings at the most; silence past twice this is a state and an alarm of its own. Left out (0):
     * by kind, profile and power (contracts/expected-interval.ts).
     */
    expectedIntervalS: Type.Number({ minimum: 0, default: 0 }),
    /** Where nothing is said: battery for Zigbee and LoRaWAN, mains elsewhere. */
    power: Type.Optional(literals(['mains', 'battery'])),
    profile: ProfileName,
    /** The topic its readings arrive on; `canonical` devices leave it out: kuzet/v1/{site}/{device}/reading. */
    topic: Type.Optional(Type.String()),
    /** `sensorthings`: a metric a datastream; `unit` is the UCUM code that it comes in, where that is another. */
    streams: Type.Optional(
      Type.Array(
        Type.Object(
          {
            topic: Type.String({ minLength: 1 }),
            metric: Type.String({ minLength: 1 }),
            unit: Type.Optional(Type.String()),
          },
          { additionalProperties: false },
        ),
        { minItems: 1 },
      ),
    ),
    /** `tasmota`, a radio detector: what each code means that the receiver at `topic` hears. */
    codes: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), MetricValue))),
  },
  { additionalProperties: false },
);
export type SiteDevice = Static<typeof SiteDevice>;

export const SiteCamera = Type.Object(
  {
    id: Id,
    siteId: Id,
    zoneId: Type.Optional(Id),
    name: LocalizedText,
    position: Position,
    bearingDeg: Type.Number({ minimum: 0, maximum: 360 }),
    fovDeg: Type.Number({ minimum: 1, maximum: 360, default: 70 }),
    ptz: Type.Boolean({ default: false }),
    enabled: Type.Boolean({ default: true }),
    /** The camera's ONVIF device service; its stream and snapshot addresses are asked of it. */
    onvif: Type.Optional(Type.Object({ address: Type.String() }, { additionalProperties: false })),
    /** Or the stream's address itself, for a camera without ONVIF. */
    rtsp: Type.Optional(Type.Object({ address: Type.String() }, { additionalProperties: false })),
    /** Its small stream, for tiles that show no more of it; fetched only while one does. Left out, ONVIF is asked for it. */
    sub: Type.Optional(Type.Object({ address: Type.String() }, { additionalProperties: false })),
    /** Whether what the camera notices is taken in (ONVIF events): motion, tamper, inputs, lines crossed. */
    events: Type.Optional(Type.Boolean()),
    username: Type.Optional(Type.String()),
    /** As it is, or sealed: `secret:…` (`npm run edge -- --seal`). */
    password: Type.Optional(Type.String()),
    transport: literals(['tcp', 'udp'], { default: 'tcp' }),
    /** `native`: our RTSP client. `ffmpeg`: for a camera whose RTSP defeats ours, where ffmpeg is installed. */
    intake: literals(['native', 'ffmpeg'], { default: 'native' }),
  },
  { additionalProperties: false },
);
export type SiteCamera = Static<typeof SiteCamera>;

/** What an engineer writes when a site is installed: everything the edge agent there looks after. */
export const SiteFile = Type.Object(
  {
    sites: Type.Array(Site, { minItems: 1 }),
    zones: Type.Array(Zone, { default: [] }),
    devices: Type.Array(SiteDevice, { default: [] }),
    cameras: Type.Array(SiteCamera, { default: [] }),
  },
  { additionalProperties: false },
);
export type SiteFile = Static<typeof SiteFile>;
