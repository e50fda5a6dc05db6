import { say } from './i18n.ts';
import { mute, mutedUntil, openSound, soundState } from './sound.ts';
import { consoleWords as words } from './words/console.ts';

/** Says whether this page can be heard. A press opens a blocked sound, or silences it for a minute. */
export function SoundSwitch() {
  const state = soundState.value;
  const left = Math.max(0, Math.ceil((mutedUntil.value - Date.now()) / 1000));
  const text =
    state === 'on' ? say(words.soundOn) : state === 'muted' ? say(words.muted, { n: left }) : say(words.soundOff);
  return (
    <button
      class={`plain ${state === 'on' ? '' : 'inverted'}`}
      type="button"
      onClick={() => (state === 'on' ? mute() : void openSound())}
    >
      <i class="dot" />
      {text}
    </button>
  );
}
