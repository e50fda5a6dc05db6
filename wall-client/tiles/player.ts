/** A way in which pictures come into a muted video. What it shows is counted elsewhere: a player's own word proves nothing. */
export interface Player {
  /** Epoch milliseconds at which the frame at this media time was captured; null where the stream does not say. */
  captureTimeMs(mediaTimeS: number): number | null;
  /** A frame of before the tile was opened, shown while the present ones are fetched: a still. */
  isStill(mediaTimeS: number): boolean;
  /** Attempts to bring the stream back since frames last came. */
  attempts(): number;
  /** Tell it that frames reach the screen: attempts start over. */
  framesFlow(): void;
  /** Tear down and start again now, for a picture that stands still without an error. */
  restart(): void;
  destroy(): void;
}

/**
 * How it failed: `trouble` may pass; `unable`: this browser cannot show this stream this way; `other-codec`: it could not,
 * and now another comes; `no-socket`: live sockets do not come about.
 */
export type PlayerFailure = 'trouble' | 'unable' | 'other-codec' | 'no-socket';
