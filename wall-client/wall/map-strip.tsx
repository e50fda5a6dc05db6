import type { Language } from '@kuzet/contracts/common.ts';
import type { Priority } from '@kuzet/contracts/incident.ts';
import { say } from '../kit/i18n.ts';
import { CriticalSymbol, HighSymbol, RoutineSymbol } from '../kit/symbols.tsx';
import { number } from '../kit/time.ts';
import { wallWords as words } from './wall-words.ts';
import type { Weather } from './weather.ts';

/** The foot of the near map: wind, and the other incidents as counts. */
export function MapStrip({
  weather,
  others,
  language,
}: {
  weather: Weather | null;
  others: Record<Priority, number>;
  language: Language;
}) {
  const wind = weather?.windMs ?? null;
  const grey = 'var(--line-strong)';
  return (
    <div class="map-strip">
      {weather?.windFromDeg != null && (
        <svg viewBox="0 0 40 40" class="wind" aria-hidden="true">
          {/* The arrow flies with the wind: away from where it comes. */}
          <g transform={`rotate(${weather.windFromDeg + 90} 20 20)`}>
            <path d="M3 20H35M25 9 36 20 25 31" fill="none" stroke="var(--t1)" stroke-width="3.5" />
          </g>
        </svg>
      )}
      <span class="wind-text">
        {wind === null
          ? say(words.noWind, {}, language)
          : say(words.windTitle, { n: number(wind, language) }, language)}
      </span>
      <span class="others">{say(words.others, {}, language)}</span>
      {others.critical > 0 && (
        <>
          <CriticalSymbol />
          <b>{others.critical}</b>
        </>
      )}
      <HighSymbol color={others.high ? undefined : grey} />
      <b>{others.high}</b>
      <RoutineSymbol color={others.routine ? 'var(--t1)' : grey} />
      <b>{others.routine}</b>
    </div>
  );
}
