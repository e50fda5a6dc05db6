import type { Statistics } from '@kuzet/contracts/api.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { language, say } from '../kit/i18n.ts';
import { compareIncidents, placeOf, titleOf } from '../kit/incident-text.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { startLivePage } from '../kit/live-page.tsx';
import { MapView } from '../kit/map-view.tsx';
import { HighSymbol, PrioritySymbol } from '../kit/symbols.tsx';
import { longDate, number, timer } from '../kit/time.ts';
import { TopBar } from '../kit/top-bar.tsx';
import { cityWords as words } from '../kit/words/city.ts';
import './city.css';
import { type Indicator, indicatorsOf, isOff } from './indicators.ts';
import { Sparkline } from './sparkline.tsx';

const askEveryMs = 30_000;

/** The city against its norms: exceptions first, as sentences; then each figure, where it stands, and how it came there. */
function City({ live }: { live: LiveClient }) {
  const [statistics, setStatistics] = useState<Statistics | null>(null);
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    const ask = async () => {
      const answer = await call<Statistics>('GET', '/statistics');
      if (answer.ok) setStatistics(answer.value);
      setSilent(!answer.ok);
    };
    void ask();
    const asking = setInterval(() => void ask(), askEveryMs);
    return () => clearInterval(asking);
  }, []);

  const now = live.second.value;
  const lang = language.value;
  const open = [...live.tables.incident.value.values()]
    .filter((incident) => incident.state !== 'closed')
    .sort(compareIncidents);
  const streets = [...live.tables.site.value.values()].filter((site) => site.kind === 'city');
  const indicators = indicatorsOf(
    statistics,
    [...live.tables.device.value.values()],
    [...live.tables.camera.value.values()],
    new Set(streets.map((site) => site.id)),
  );
  const known = indicators.filter((indicator) => indicator.value !== null);
  const off = known.filter(isOff);
  const critical = open.filter((incident) => incident.priority === 'critical');

  return (
    <div class="city">
      <TopBar live={live} title={say(words.title)} />
      <header class="overview">
        <div>
          <h1>{say(words.heading, { date: longDate(now, lang) })}</h1>
          <p>
            {silent
              ? say(words.statisticsLost)
              : say(words.within, { ok: known.length - off.length, all: known.length })}
          </p>
        </div>
        <div class="exceptions">
          {critical.slice(0, 2).map((incident) => (
            <article key={incident.id} class="critical">
              <PrioritySymbol priority="critical" />
              <div>
                <b>
                  {titleOf(incident)} {timer(now - Date.parse(incident.openedAt))}
                </b>
                <span>{placeOf(incident)}</span>
              </div>
            </article>
          ))}
          {off.slice(0, 3 - Math.min(2, critical.length)).map((indicator) => (
            <article key={indicator.id} class="high">
              <HighSymbol />
              <div>
                <b>
                  {indicator.name[lang]}: {figure(indicator)}
                </b>
                <span>{normText(indicator)}</span>
              </div>
            </article>
          ))}
          {critical.length + off.length === 0 && <p class="quiet">{say(words.allQuiet)}</p>}
        </div>
      </header>
      <main>
        <div class="row head">
          <span />
          <span>{say(words.indicator)}</span>
          <span class="value">{say(words.now)}</span>
          <span>{say(words.norm)}</span>
          <span>{say(words.history)}</span>
        </div>
        {(['response', 'city', 'system'] as const).map((group) => (
          <section key={group}>
            <h2>{say(words[group])}</h2>
            {indicators
              .filter((indicator) => indicator.group === group)
              .map((indicator) => (
                <Row key={indicator.id} indicator={indicator} />
              ))}
          </section>
        ))}
      </main>
      <aside>
        <h2>{say(words.byDistrict)}</h2>
        <div class="map">
          <MapView live={live} incidents={open} focusIncident={null} numbered={[]} />
        </div>
        <ol class="districts">
          {(statistics?.byDistrict ?? []).map(({ district, count }) => (
            <li key={district?.en ?? 'none'}>
              <span>{district?.[lang] ?? '–'}</span>
              <b class="num">{count}</b>
            </li>
          ))}
        </ol>
        <h2>
          {say(words.openNow)} <span class="num">{open.length}</span>
        </h2>
        <ol class="open">
          {open.length === 0 && <li>{say(words.nothingOpen)}</li>}
          {open.slice(0, 6).map((incident) => (
            <OpenRow key={incident.id} incident={incident} now={now} />
          ))}
        </ol>
      </aside>
    </div>
  );
}

function OpenRow({ incident, now }: { incident: Incident; now: number }) {
  return (
    <li>
      <PrioritySymbol priority={incident.priority} />
      <span>{titleOf(incident)}</span>
      <span class="district">{incident.district?.[language.value]}</span>
      <span class="num">{timer(now - Date.parse(incident.openedAt))}</span>
    </li>
  );
}

const unitText = ({ unit }: Indicator): string => (typeof unit === 'string' ? unit : unit[language.value]);
const figure = (indicator: Indicator): string =>
  indicator.value === null
    ? say(words.noData)
    : `${number(indicator.value, language.value, indicator.digits)} ${unitText(indicator)}`.trim();
const normText = (indicator: Indicator): string =>
  say(indicator.norm.kind === 'up-to' ? words.normUpTo : words.normAtLeast, {
    n: `${number(indicator.norm.value, language.value, Number.isInteger(indicator.norm.value) ? 0 : indicator.digits)} ${unitText(indicator)}`.trim(),
  });

function Row({ indicator }: { indicator: Indicator }) {
  const off = isOff(indicator);
  const share = (value: number) => `${Math.min(100, Math.max(0, (100 * value) / indicator.scale))}%`;
  const { norm, value } = indicator;
  return (
    <div class={`row ${off ? 'off' : ''}`}>
      <span>{off && <HighSymbol />}</span>
      <span class="name">
        {indicator.name[language.value]}
        <small>{normText(indicator)}</small>
      </span>
      <span class="value num">
        {value === null ? <small>{say(words.noData)}</small> : number(value, language.value, indicator.digits)}
        {value !== null && <small> {unitText(indicator)}</small>}
      </span>
      <span class="bar">
        <i
          class="norm"
          style={norm.kind === 'up-to' ? { left: 0, width: share(norm.value) } : { left: share(norm.value), right: 0 }}
        />
        <i class="limit" style={{ left: share(norm.value) }} />
        {value !== null && off && norm.kind === 'up-to' && (
          <i
            class="excess"
            style={{ left: share(norm.value), width: `calc(${share(value)} - ${share(norm.value)})` }}
          />
        )}
        {value !== null && off && norm.kind === 'at-least' && (
          <i class="excess" style={{ left: share(value), width: `calc(${share(norm.value)} - ${share(value)})` }} />
        )}
        {value !== null && <i class="now" style={{ left: share(value) }} />}
      </span>
      <span>
        {indicator.history && <Sparkline key={indicator.history.deviceId} {...indicator.history} off={off} />}
      </span>
    </div>
  );
}

void startLivePage('city', 'view', City);
