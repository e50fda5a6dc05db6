import type { Language } from '@kuzet/contracts/common.ts';
import { say } from '../kit/i18n.ts';
import { clockTime, number, shortTimer } from '../kit/time.ts';
import { common } from '../kit/words/common.ts';
import type { PictureHint, PictureTruth } from './picture-truth.ts';

export interface TruthLabel {
  symbol: 'live' | 'stalled' | 'lost' | null;
  text: string;
  /** Dark on light: everything but LIVE. */
  inverted: boolean;
}

/** The label every tile carries: a dot and the delay, or an inverted word with its age. */
export function truthLabel(truth: PictureTruth, lang: Language): TruthLabel {
  switch (truth.kind) {
    case 'live': {
      const delay = truth.delayMs === null ? '' : ` ${say(common.seconds, { n: tenths(truth.delayMs, lang) }, lang)}`;
      return { symbol: 'live', text: say(common.live, {}, lang) + delay, inverted: false };
    }
    case 'stalled':
      return { symbol: 'stalled', text: `${say(common.stalled, {}, lang)} ${age(truth.ageMs, lang)}`, inverted: true };
    case 'lost':
      return { symbol: 'lost', text: `${say(common.lost, {}, lang)} ${shortTimer(truth.ageMs)}`, inverted: true };
    case 'undecodable':
      return { symbol: 'lost', text: say(common.notDecoded, {}, lang), inverted: true };
    case 'disabled':
      return { symbol: null, text: say(common.disabled, {}, lang), inverted: true };
    case 'starting':
      return { symbol: null, text: '', inverted: false };
  }
}

/** What stands in place of a picture that is not there; null while there is one. */
export function truthPlate(truth: PictureTruth, lang: Language): { title: string; detail: string } | null {
  switch (truth.kind) {
    case 'lost':
      return {
        title: say(common.linkBroken, {}, lang),
        detail:
          truth.lastFrameAtMs === null
            ? say(common.noFrameYet, {}, lang)
            : say(common.lastFrame, { time: clockTime(truth.lastFrameAtMs) }, lang),
      };
    case 'undecodable':
      return { title: say(common.noDecoder, {}, lang), detail: say(common.noDecoderRemedy, {}, lang) };
    case 'disabled':
      return { title: say(common.disabled, {}, lang), detail: '' };
    case 'starting':
      return truth.overdue ? { title: '', detail: say(common.awaitingPicture, {}, lang) } : null;
    default:
      return null;
  }
}

/** What is written over a live picture that the camera sends black, or the same again and again; null for an ordinary one. */
export function truthHint(truth: PictureTruth, lang: Language): { symbol: PictureHint; text: string } | null {
  if (truth.kind !== 'live' || !truth.hint) return null;
  const words = truth.hint === 'black' ? common.pictureBlack : common.pictureUnchanged;
  return { symbol: truth.hint, text: say(words, {}, lang) };
}

const tenths = (ms: number, lang: Language) => number(ms / 1000, lang, 1);
const age = (ms: number, lang: Language) =>
  ms < 60_000 ? say(common.seconds, { n: Math.floor(ms / 1000) }, lang) : shortTimer(ms);
