import type { Language } from '@kuzet/contracts/common.ts';
import { say } from '../kit/i18n.ts';
import { CriticalSymbol, HighSymbol, RoutineSymbol, TickSymbol } from '../kit/symbols.tsx';
import { clockTime, longDate, number, shortTime } from '../kit/time.ts';
import { incidentTypeWords } from '../kit/words/common.ts';
import { FitText } from './fit-text.tsx';
import { fromTimeKk } from './kazakh-time.ts';
import type { Counts, QuietScene } from './layout.ts';
import { wallWords as words } from './wall-words.ts';
import type { Weather } from './weather.ts';

export interface QuietHeaderProps {
  scene: QuietScene;
  languages: Language[];
  nowMs: number;
  quietSince: string | null;
  weather: Weather | null;
}

const weatherStaleMs = 15 * 60_000;

/** `14:06-дан` in Kazakh, the bare time elsewhere. */
export const fromTime = (time: string, lang: Language): string => (lang === 'kk' ? fromTimeKk(time) : time);

function weatherLine(weather: Weather | null, lang: Language, nowMs: number): string {
  if (!weather) return say(words.noWeather, {}, lang);
  const parts = [
    weather.temperatureC === null ? null : `${number(weather.temperatureC, lang)} °C`,
    weather.windMs === null ? null : say(words.wind, { n: number(weather.windMs, lang) }, lang),
    !weather.heard || nowMs - weather.observedAtMs > weatherStaleMs
      ? say(words.asOf, { time: shortTime(weather.observedAtMs) }, lang)
      : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** Clock, date and weather; one sentence on the state of the city. */
export function QuietHeader({ scene, languages, nowMs, quietSince, weather }: QuietHeaderProps) {
  const [first = 'kk', second] = languages;
  const [urgent] = scene.high;
  return (
    <header class="quiet-header">
      <div class="clock num">
        {clockTime(nowMs).slice(0, 5)}
        <small>{clockTime(nowMs).slice(5)}</small>
      </div>
      <div class="date">
        <b>{longDate(nowMs, first)}</b>
        {say(words.city, {}, first)}&ensp;{weatherLine(weather, first, nowMs)}
      </div>
      {urgent ? (
        <div class="state">
          <HighSymbol />
          <div class="state-text">
            <FitText
              class="state-main"
              text={say(words.highOpen, { n: scene.high.length }, first)}
              width={720}
              size={53}
              least={36}
              weight={500}
            />
            <FitText
              class="state-second"
              text={[
                second ? incidentTypeWords[urgent.type][second] : incidentTypeWords[urgent.type][first],
                urgent.siteName?.[second ?? first] ?? urgent.address?.[second ?? first],
              ]
                .filter(Boolean)
                .join(', ')}
              width={720}
              size={32}
              least={24}
              weight={400}
            />
          </div>
        </div>
      ) : (
        <div class="state">
          <TickSymbol color="var(--t1)" />
          <div class="state-text">
            <FitText
              class="state-main"
              text={say(words.allQuiet, {}, first)}
              width={720}
              size={53}
              least={36}
              weight={500}
            />
            {quietSince && (
              <span class="state-second">
                {say(words.quietSince, { time: fromTime(shortTime(quietSince), second ?? first) }, second ?? first)}
              </span>
            )}
          </div>
        </div>
      )}
    </header>
  );
}

/** Zeroes keep grey symbols: shapes are learned before they matter. */
export function QuietCounts({ counts, language }: { counts: Counts; language: Language }) {
  const grey = 'var(--line-strong)';
  return (
    <div class="counts">
      <div>
        <b class={counts.critical ? '' : 'zero'}>
          <CriticalSymbol color={counts.critical ? undefined : grey} />
          {counts.critical}
        </b>
        <small>{say(words.critical, {}, language)}</small>
      </div>
      <div>
        <b class={counts.high ? '' : 'zero'}>
          <HighSymbol color={counts.high ? undefined : grey} />
          {counts.high}
        </b>
        <small>{say(words.high, {}, language)}</small>
      </div>
      <div>
        <b class={counts.inWork ? '' : 'zero'}>
          <RoutineSymbol color={counts.inWork ? 'var(--t1)' : grey} />
          {counts.inWork}
        </b>
        <small>{say(words.inWork, {}, language)}</small>
      </div>
      <div>
        <b>
          {number(counts.camerasLive, language)}
          <span class="of">/ {number(counts.camerasTotal, language)}</span>
        </b>
        <small>{say(words.camerasLive, {}, language)}</small>
      </div>
    </div>
  );
}
