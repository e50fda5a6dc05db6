import type { Wall } from '@kuzet/contracts/wall.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { createAlertSounds } from '../kit/alert-sounds.ts';
import { call } from '../kit/api-client.ts';
import { Dialog } from '../kit/dialog.tsx';
import { FaultList } from '../kit/fault-list.tsx';
import { say } from '../kit/i18n.ts';
import { compareIncidents, inTrouble, isUntaken } from '../kit/incident-text.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { startLivePage } from '../kit/live-page.tsx';
import { MapView } from '../kit/map-view.tsx';
import { openSound } from '../kit/sound.ts';
import { SoundSwitch } from '../kit/sound-switch.tsx';
import { number } from '../kit/time.ts';
import { Fact, TopBar } from '../kit/top-bar.tsx';
import { Fault, useAction } from '../kit/use-action.tsx';
import { consoleWords as words } from '../kit/words/console.ts';
import { faultWords } from '../kit/words/faults.ts';
import './console.css';
import { useKeys } from '../kit/use-keys.ts';
import { CloseDialog, KeysDialog, NewIncidentDialog, PriorityDialog } from './dialogs.tsx';
import { acknowledge, IncidentView } from './incident-view.tsx';
import { currentStep, Procedure, setStep } from './procedure.tsx';
import { Queue } from './queue.tsx';
import { resend, Services } from './services.tsx';

type Asking = 'close' | 'priority' | 'new' | 'keys' | 'faults' | null;

/** An officer should have taken a high incident within this time. */
const takeWithinMs = 60_000;

function Console({ live }: { live: LiveClient }) {
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const [enlarged, setEnlarged] = useState(0);
  const [asking, setAsking] = useState<Asking>(null);
  const noteRef = useRef<HTMLInputElement>(null);
  const sounds = useRef(createAlertSounds());
  const action = useAction();

  const open = [...live.tables.incident.value.values()].filter((incident) => incident.state !== 'closed');
  const sorted = [...open].sort(compareIncidents);
  // A new alarm never takes the view away: only an empty one is filled. What was just closed stays until another is chosen.
  const selected = (selectedId ? live.tables.incident.value.get(selectedId) : undefined) ?? null;
  useEffect(() => {
    if (selected === null && sorted[0]) setSelectedId(sorted[0].id);
  }, [selected === null, sorted[0]?.id]);

  useEffect(() => void openSound(), []);
  const second = live.second.value;
  useEffect(() => {
    const waiting = open
      .filter(isUntaken)
      .map(({ id, priority, openedAt }) => ({ id, priority, sinceMs: Date.parse(openedAt), limitMs: takeWithinMs }));
    sounds.current(waiting, second);
  }, [second]);

  const select = (id: string) => {
    setSelectedId(id);
    setEnlarged(0);
  };
  const step = (by: number) => {
    const at = sorted.findIndex((incident) => incident.id === selectedId);
    const next = sorted[Math.min(Math.max(at + by, 0), sorted.length - 1)];
    if (next) select(next.id);
  };
  const walls = [...live.tables.wall.value.values()];
  const wall = walls.find((item) => item.id === 'main') ?? walls[0];
  const onWall = wall !== undefined && selected !== null && wall.show.incidentId === selected.id;
  const toWall = () => selected && wall && action.run(() => showOnWall(wall, onWall ? null : selected.id));

  useKeys({
    F2: () => {
      const top = sorted.find(isUntaken);
      if (top) {
        select(top.id);
        void action.run(() => acknowledge(top.id));
      }
    },
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    KeyN: () => noteRef.current?.focus(),
    KeyW: () => void toWall(),
    KeyR: () => {
      const silent = selected?.dispatches.find(inTrouble);
      if (silent) void action.run(() => resend(silent.id));
    },
    KeyC: () => {
      const silent = selected?.dispatches.find(inTrouble);
      if (silent) location.href = `tel:${silent.service}`;
    },
    Space: () => {
      const current = selected && currentStep(selected);
      if (selected && current) void action.run(() => setStep(selected.id, current.id, true));
    },
    Digit1: () => setEnlarged(0),
    Digit2: () => setEnlarged(1),
    Digit3: () => setEnlarged(2),
    Digit4: () => setEnlarged(3),
    '?': () => setAsking('keys'),
  });

  const cameras = [...live.tables.camera.value.values()].filter((camera) => camera.state !== 'disabled');
  const liveCameras = cameras.filter((camera) => camera.state === 'live').length;
  const edges = [...live.tables.edge.value.values()];
  const edgesUp = edges.filter((edge) => edge.online).length;
  const connected = live.link.value === 'live';
  const system = live.tables.system.value.get('hub');
  const unseen = system?.faultsUnacknowledged ?? 0;

  return (
    <div class="console">
      <TopBar live={live} title={say(words.title)}>
        <Fact label={say(words.hub)} value={say(connected ? words.connected : words.notConnected)} wrong={!connected} />
        <Fact label={say(words.cameras)} value={`${number(liveCameras, 'kk')} / ${number(cameras.length, 'kk')}`} />
        <Fact label={say(words.edges)} value={`${edgesUp} / ${edges.length}`} wrong={edgesUp < edges.length} />
        <button class={unseen > 0 ? 'plain inverted' : 'plain'} type="button" onClick={() => setAsking('faults')}>
          <i class="dot" />
          {say(faultWords.faults)} <b class="num">{number(system?.faults ?? 0, 'kk')}</b>
        </button>
        <SoundSwitch />
      </TopBar>
      <Queue
        live={live}
        incidents={open}
        selectedId={selected?.id ?? null}
        onSelect={select}
        onNew={() => setAsking('new')}
      />
      {selected ? (
        <IncidentView
          live={live}
          incident={selected}
          incidents={open}
          enlarged={enlarged}
          onEnlarge={setEnlarged}
          onSelect={select}
          noteRef={noteRef}
        />
      ) : (
        <section class="incident quiet">
          <MapView live={live} incidents={open} focusIncident={null} numbered={[]} />
        </section>
      )}
      <aside class="side-panel">
        {selected && (
          <>
            <Services incident={selected} agencies={[...live.tables.agency.value.values()]} now={second} />
            <Procedure incident={selected} />
            <footer>
              <Fault text={action.fault} />
              {wall && (
                <button class="button" type="button" disabled={action.busy} onClick={() => void toWall()}>
                  {say(onWall ? words.offWall : words.toWall)} <kbd class="key">W</kbd>
                </button>
              )}
              {selected.state !== 'closed' && (
                <>
                  {selected.state !== 'resolved' && (
                    <button
                      class="button"
                      type="button"
                      disabled={action.busy}
                      onClick={() => void action.run(() => call('POST', `/incidents/${selected.id}/resolve`, {}))}
                    >
                      {say(words.resolve)}
                    </button>
                  )}
                  <button class="button" type="button" onClick={() => setAsking('priority')}>
                    {say(words.changePriority)}
                  </button>
                  <button class="button" type="button" onClick={() => setAsking('close')}>
                    {say(words.close)}
                  </button>
                </>
              )}
            </footer>
          </>
        )}
      </aside>
      {asking === 'close' && selected && <CloseDialog incident={selected} onLeave={() => setAsking(null)} />}
      {asking === 'priority' && selected && <PriorityDialog incident={selected} onLeave={() => setAsking(null)} />}
      {asking === 'faults' && (
        <Dialog wide title={say(faultWords.faults)} onLeave={() => setAsking(null)}>
          <FaultList live={live} />
        </Dialog>
      )}
      {asking === 'keys' && <KeysDialog onLeave={() => setAsking(null)} />}
      {asking === 'new' && (
        <NewIncidentDialog
          sites={[...live.tables.site.value.values()]}
          onLeave={() => setAsking(null)}
          onOpened={(id) => {
            setAsking(null);
            select(id);
          }}
        />
      )}
    </div>
  );
}

const showOnWall = (wall: Wall, incidentId: string | null) => call('POST', `/walls/${wall.id}/show`, { incidentId });

void startLivePage('console', 'operate', Console);
