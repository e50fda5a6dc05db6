import type { AccessUnit } from './access-unit.ts';

export const intakeFailureKinds = [
  'credentials',
  'not-found',
  'unreachable',
  'timeout',
  'refused',
  'protocol',
  'unsupported-codec',
  'unsupported-transport',
  'ffmpeg-missing',
  'ended',
] as const;

/** Why a stream ended or never began. `detail` is a clause for people and never holds an address with a secret. */
export interface IntakeFailure {
  kind: (typeof intakeFailureKinds)[number];
  detail: string;
}

export interface IntakeSource {
  /** `rtsp://host[:port]/path`; a user and password in it are used and taken out before anything is told. */
  address: string;
  username?: string | undefined;
  password?: string | undefined;
  transport: 'tcp' | 'udp';
}

export interface IntakeEvents {
  /** The camera agreed to send. */
  onConnected(): void;
  /** Its NAL units hold until this returns: their memory is used again. */
  onAccessUnit(unit: AccessUnit): void;
  /** Once, when the stream is over for any reason but `stop`. */
  onEnd(failure: IntakeFailure): void;
}

export interface VideoIntake {
  /** Ends it politely, then by force; done within a second. No event follows. */
  stop(): Promise<void>;
}

export type StartIntake = (source: IntakeSource, events: IntakeEvents) => VideoIntake;
