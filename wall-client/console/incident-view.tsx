import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Ref } from 'preact';
import { call } from '../kit/api-client.ts';
import { CameraTile } from '../kit/camera-tile.tsx';
import { say } from '../kit/i18n.ts';
import { isUntaken, placeOf, titleOf } from '../kit/incident-text.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { MapView } from '../kit/map-view.tsx';
import { PrioritySymbol } from '../kit/symbols.tsx';
import { timer } from '../kit/time.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { common, dispositionWords, incidentStateWords, priorityWords } from '../kit/words/common.ts';
import { consoleWords as words } from '../kit/words/console.ts';
import { EvidenceList } from './evidence-list.tsx';
import { Timeline } from './timeline.tsx';

interface IncidentViewProps {
  live: LiveClient;
  incident: Incident;
  incidents: Incident[];
  /** Index into the incident's cameras that stands in the large tile. */
  enlarged: number;
  onEnlarge: (index: number) => void;
  onSelect: (id: string) => void;
  noteRef: Ref<HTMLInputElement>;
}

export const acknowledge = (incidentId: string) => call('POST', `/incidents/${incidentId}/acknowledge`, {});

/** The middle of the console: what, where and how long; its cameras and the map; what has happened. */
export function IncidentView({ live, incident, incidents, enlarged, onEnlarge, onSelect, noteRef }: IncidentViewProps) {
  const action = useAction();
  const cameras = incident.cameras.slice(0, 4);
  const large = cameras[enlarged] ?? cameras[0];
  const endedMs = incident.closedAt ? Date.parse(incident.closedAt) : live.second.value;
  return (
    <section class={`incident ${incident.priority}`}>
      <header>
        <PrioritySymbol
          priority={incident.priority}
          class={isUntaken(incident) && incident.priority === 'critical' ? 'attention' : undefined}
        />
        <div class="heading">
          <h1>
            {incident.drill && <span class="inverted">{say(common.drill)}</span>} {titleOf(incident)}
          </h1>
          <p>
            <b>{say(priorityWords[incident.priority])}</b> · {placeOf(incident)} · {incident.id} ·{' '}
            {say(incidentStateWords[incident.state])}
            {incident.disposition ? `: ${say(dispositionWords[incident.disposition])}` : ''}
          </p>
          {incident.description && <p class="said">{incident.description}</p>}
        </div>
        {isUntaken(incident) && (
          <button
            class="button primary"
            type="button"
            disabled={action.busy}
            onClick={() => void action.run(() => acknowledge(incident.id))}
          >
            {say(words.acknowledge)} <kbd class="key">F2</kbd>
          </button>
        )}
        <div class="elapsed num">
          <b>{timer(endedMs - Date.parse(incident.openedAt))}</b>
          <span>{say(words.sinceStart)}</span>
        </div>
        <Fault text={action.fault} />
      </header>
      <div class="scene">
        <div class="cameras">
          {large ? (
            <CameraTile
              key={`large-${large.id}`}
              live={live}
              cameraId={large.id}
              number={cameras.indexOf(large) + 1}
              distanceM={large.distanceM}
            />
          ) : (
            <p class="empty">{say(words.noCameras)}</p>
          )}
          <div class="row">
            {cameras.map((camera, index) =>
              camera === large ? null : (
                <button key={camera.id} type="button" class="pick" onClick={() => onEnlarge(index)}>
                  <CameraTile live={live} cameraId={camera.id} number={index + 1} small />
                </button>
              ),
            )}
          </div>
        </div>
        <MapView
          live={live}
          incidents={incidents}
          focusIncident={incident}
          numbered={cameras.map((camera) => camera.id)}
          onSelect={(kind, id) => {
            if (kind === 'incident') onSelect(id);
          }}
        />
      </div>
      <div class="record">
        <Timeline incident={incident} noteRef={noteRef} />
        <EvidenceList incident={incident} />
      </div>
    </section>
  );
}
