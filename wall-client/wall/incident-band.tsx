import type { Language } from '@kuzet/contracts/common.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { say } from '../kit/i18n.ts';
import { CriticalSymbol, PrioritySymbol } from '../kit/symbols.tsx';
import { clockTime, timer } from '../kit/time.ts';
import { common, incidentTypeWords } from '../kit/words/common.ts';
import { FitText } from './fit-text.tsx';
import { reference } from './layout.ts';
import { fromTime } from './quiet-view.tsx';
import { wallWords as words } from './wall-words.ts';

export interface IncidentBandProps {
  bands: Incident[];
  overflow: number;
  languages: Language[];
  nowMs: number;
}

const olderWidth = 440;

const placeOf = (incident: Incident, lang: Language): string =>
  incident.siteName?.[lang] ??
  incident.address?.[lang] ??
  incident.zoneName?.[lang] ??
  say(common.unknownPlace, {}, lang);

/** A line a language: the address in the first, then the whole thing once more in the second. */
function details(incident: Incident, languages: Language[]): string[] {
  const [first = 'kk', second] = languages;
  const place = placeOf(incident, first);
  const own = [incident.zoneName?.[first], incident.address?.[first], incident.district?.[first]].filter(
    (part): part is string => Boolean(part) && part !== place,
  );
  const other = second
    ? [incidentTypeWords[incident.type][second], placeOf(incident, second), incident.zoneName?.[second]].filter(Boolean)
    : [];
  return [own.join(', '), other.join(', ')].filter((line) => line !== '');
}

/** Says what, where and for how long across the whole wall. A second critical shares it; the older narrows. */
export function IncidentBand({ bands, overflow, languages, nowMs }: IncidentBandProps) {
  const [focus, ...older] = bands;
  if (!focus) return null;
  const wide = reference.width - older.length * olderWidth - (overflow ? 120 : 0);
  return (
    <header class="bands">
      <Wide key={focus.id} incident={focus} languages={languages} nowMs={nowMs} width={wide} />
      {older.map((incident) => (
        <Narrow key={incident.id} incident={incident} languages={languages} nowMs={nowMs} />
      ))}
      {overflow > 0 && <div class="band overflow">{say(words.more, { n: overflow }, languages[0])}</div>}
    </header>
  );
}

const bandClass = (incident: Incident) =>
  `band ${incident.priority === 'critical' ? (incident.drill ? 'drill' : 'critical') : 'plain'}`;

const DrillWord = ({ languages }: { languages: Language[] }) => (
  <span class="drill-word">{languages.map((lang) => say(common.drill, {}, lang)).join(' · ')}</span>
);

function Wide({
  incident,
  languages,
  nowMs,
  width,
}: {
  incident: Incident;
  languages: Language[];
  nowMs: number;
  width: number;
}) {
  const [first = 'kk'] = languages;
  const word = incidentTypeWords[incident.type][first].toLocaleUpperCase('kk');
  const whatWidth = width > 1700 ? 540 : 420;
  const symbolPx = width > 1700 ? 104 : 84;
  const timerText = timer(nowMs - Date.parse(incident.openedAt));
  const timerWidth = timerText.length > 5 ? 430 : 322;
  const short = word.length <= 4;
  const wordWidth = short ? 260 : whatWidth - symbolPx - 98;
  const whereWidth = width - (symbolPx + 26 + 72 + wordWidth) - timerWidth - 72;
  return (
    <div class={bandClass(incident)} style={{ width }}>
      <div class="what">
        <span
          class={incident.acknowledgedAt === null && incident.priority === 'critical' ? 'attention symbol' : 'symbol'}
          style={{ fontSize: symbolPx }}
        >
          {incident.priority === 'critical' ? (
            <CriticalSymbol color={incident.drill ? 'var(--ink)' : 'var(--crit-fill)'} ink="#fff" />
          ) : (
            <PrioritySymbol priority={incident.priority} />
          )}
        </span>
        <FitText class="word" text={word} width={wordWidth} size={112} least={64} weight={700} />
      </div>
      <div class="where">
        {incident.drill && <DrillWord languages={languages} />}
        <FitText
          class="place"
          text={placeOf(incident, first)}
          width={whereWidth}
          size={incident.drill ? 56 : 76}
          least={44}
          weight={600}
        />
        {details(incident, languages).map((line) => (
          <FitText
            key={line}
            class="details"
            text={line}
            width={whereWidth}
            size={incident.drill ? 24 : 32}
            least={20}
            weight={400}
          />
        ))}
      </div>
      <div class="elapsed num" style={{ minWidth: timerWidth }}>
        <b>{timerText}</b>
        <span>{say(words.since, { time: fromTime(clockTime(incident.openedAt), first) }, first)}</span>
      </div>
    </div>
  );
}

function Narrow({ incident, languages, nowMs }: { incident: Incident; languages: Language[]; nowMs: number }) {
  const [first = 'kk'] = languages;
  return (
    <div class={`${bandClass(incident)} narrow`} style={{ width: olderWidth }}>
      <div class="narrow-line">
        <span class={incident.acknowledgedAt === null ? 'attention symbol' : 'symbol'}>
          <CriticalSymbol color="#fff" ink={incident.drill ? 'var(--s2)' : 'var(--crit-fill)'} />
        </span>
        <FitText
          text={incidentTypeWords[incident.type][first].toLocaleUpperCase('kk')}
          width={190}
          size={53}
          least={30}
          weight={700}
        />
        <b class="num narrow-timer">{timer(nowMs - Date.parse(incident.openedAt))}</b>
      </div>
      {incident.drill && <DrillWord languages={languages.slice(0, 1)} />}
      <FitText text={placeOf(incident, first)} width={olderWidth - 48} size={36} least={28} weight={500} />
    </div>
  );
}
