import { useState } from 'preact/hooks';
import { FaultList } from '../kit/fault-list.tsx';
import { language, say } from '../kit/i18n.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { startLivePage } from '../kit/live-page.tsx';
import { number } from '../kit/time.ts';
import { Fact, TopBar } from '../kit/top-bar.tsx';
import { cameraStateWords, deviceStateWords, labWords as words } from '../kit/words/lab.ts';
import { DeadLetters } from './dead-letters.tsx';
import { Discovered } from './discovered.tsx';
import './lab.css';
import { ago, fits, Table } from './table.tsx';

const views = ['devices', 'cameras', 'edges', 'faults', 'deadLetters', 'discovered'] as const;
type View = (typeof views)[number];

/** What an engineer looks at while installing: every device and camera with its last word, and what nobody understood. */
function Lab({ live }: { live: LiveClient }) {
  const [view, setView] = useState<View>('devices');
  const [find, setFind] = useState('');
  const system = live.tables.system.value.get('hub');
  const figures: Partial<Record<View, number>> = { faults: system?.faults, deadLetters: system?.deadLetters };
  return (
    <div class="lab">
      <TopBar live={live} title={say(words.title)}>
        <Fact label={system?.version ?? ''} value={system?.database ?? ''} />
      </TopBar>
      <nav>
        {views.map((name) => (
          <button key={name} type="button" aria-pressed={view === name} onClick={() => setView(name)}>
            {say(words[name])}
            {figures[name] !== undefined && <b class="num">{number(figures[name], language.value)}</b>}
          </button>
        ))}
        <input
          class="field"
          value={find}
          placeholder={say(words.find)}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      </nav>
      <main>
        {view === 'devices' && <Devices live={live} find={find} />}
        {view === 'cameras' && <Cameras live={live} find={find} />}
        {view === 'edges' && <Edges live={live} />}
        {view === 'faults' && <FaultList live={live} find={find} />}
        {view === 'deadLetters' && <DeadLetters find={find} />}
        {view === 'discovered' && <Discovered live={live} find={find} />}
      </main>
    </div>
  );
}

function Devices({ live, find }: { live: LiveClient; find: string }) {
  const all = [...live.tables.device.value.values()];
  const shown = all.filter((device) => fits(find, device.id, device.kind, device.state, device.name[language.value]));
  const heads = [words.id, words.name, words.kind, words.state, words.lastSeen, words.values].map((word) => say(word));
  return (
    <Table heads={heads} count={shown.length} all={all.length}>
      {shown.map((device) => (
        <tr key={device.id} class={device.state === 'online' ? '' : 'off'}>
          <td>{device.id}</td>
          <td>{device.name[language.value]}</td>
          <td>{device.kind}</td>
          <td>{say(deviceStateWords[device.state])}</td>
          <td class="num">{ago(live, device.lastSeenAt)}</td>
          <td class="num">
            {Object.entries(device.latest)
              .map(([metric, { value }]) => `${metric} ${value}${unitOf(device.metrics, metric)}`)
              .join('  ')}
          </td>
        </tr>
      ))}
    </Table>
  );
}

const unitOf = (metrics: { name: string; unit: string }[], name: string): string => {
  const unit = metrics.find((metric) => metric.name === name)?.unit;
  return unit ? ` ${unit}` : '';
};

function Cameras({ live, find }: { live: LiveClient; find: string }) {
  const all = [...live.tables.camera.value.values()];
  const shown = all.filter((camera) => fits(find, camera.id, camera.state, camera.name[language.value]));
  const heads = [words.id, words.name, words.state, words.lastSeen, words.reason].map((word) => say(word));
  return (
    <Table heads={heads} count={shown.length} all={all.length}>
      {shown.map((camera) => (
        <tr key={camera.id} class={camera.state === 'live' ? '' : 'off'}>
          <td>{camera.id}</td>
          <td>{camera.name[language.value]}</td>
          <td>{say(cameraStateWords[camera.state])}</td>
          <td class="num">{ago(live, camera.lastFrameAt)}</td>
          <td>{camera.lastError ?? ''}</td>
        </tr>
      ))}
    </Table>
  );
}

function Edges({ live }: { live: LiveClient }) {
  const all = [...live.tables.edge.value.values()];
  return (
    <Table heads={[words.id, words.state, words.lastSeen].map((word) => say(word))} count={all.length} all={all.length}>
      {all.map((edge) => (
        <tr key={edge.id} class={edge.online ? '' : 'off'}>
          <td>
            {edge.id} {edge.version ?? ''}
          </td>
          <td>{say(edge.online ? words.up : words.down)}</td>
          <td class="num">{ago(live, edge.lastSeenAt)}</td>
        </tr>
      ))}
    </Table>
  );
}

void startLivePage('lab', 'engineer', Lab);
