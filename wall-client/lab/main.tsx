import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { language, say } from '../kit/i18n.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { startLivePage } from '../kit/live-page.tsx';
import { clockTime, number, shortTimer } from '../kit/time.ts';
import { Fact, TopBar } from '../kit/top-bar.tsx';
import { Fault } from '../kit/use-action.tsx';
import { common } from '../kit/words/common.ts';
import { cameraStateWords, deviceStateWords, labWords as words } from '../kit/words/lab.ts';
import './lab.css';

const views = ['devices', 'cameras', 'edges', 'deadLetters'] as const;
type View = (typeof views)[number];

/** What an engineer looks at while installing: every device and camera with its last word, and what nobody understood. */
function Lab({ live }: { live: LiveClient }) {
  const [view, setView] = useState<View>('devices');
  const [find, setFind] = useState('');
  const system = live.tables.system.value.get('hub');
  return (
    <div class="lab">
      <TopBar live={live} title={say(words.title)}>
        <Fact label={system?.version ?? ''} value={system?.database ?? ''} />
      </TopBar>
      <nav>
        {views.map((name) => (
          <button key={name} type="button" aria-pressed={view === name} onClick={() => setView(name)}>
            {say(words[name])}
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
        {view === 'deadLetters' && <DeadLetters find={find} />}
      </main>
    </div>
  );
}

const fits = (find: string, ...texts: string[]) => texts.join(' ').toLowerCase().includes(find.toLowerCase());
const ago = (live: LiveClient, at: string | null) =>
  at === null ? say(words.never) : say(words.ago, { age: shortTimer(live.second.value - Date.parse(at)) });

function Table({
  heads,
  count,
  all,
  children,
}: {
  heads: string[];
  count: number;
  all: number;
  children: ComponentChildren;
}) {
  return (
    <>
      <p class="count num">
        {say(words.shown, { n: number(count, language.value), all: number(all, language.value) })}
      </p>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </>
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

interface DeadLetter {
  id: number;
  edgeId: string;
  at: string;
  topic: string;
  reason: string;
  payloadBytes: number;
}

function DeadLetters({ find }: { find: string }) {
  const [letters, setLetters] = useState<DeadLetter[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const refresh = async () => {
    const answer = await call<{ items: DeadLetter[] }>('GET', '/dead-letters?limit=200');
    if (answer.ok) setLetters(answer.value.items);
    setFault(answer.ok ? null : say(common.actionFailed, { why: answer.problem?.title ?? say(common.connecting) }));
  };
  useEffect(() => void refresh(), []);
  const shown = (letters ?? []).filter((letter) => fits(find, letter.topic, letter.reason, letter.edgeId));
  return (
    <>
      <Fault text={fault} />
      <button class="button" type="button" onClick={() => void refresh()}>
        {say(words.refresh)}
      </button>
      {letters?.length === 0 && <p class="count">{say(words.noDeadLetters)}</p>}
      {shown.length > 0 && (
        <Table
          heads={[words.lastSeen, words.topic, words.reason, words.size].map((word) => say(word))}
          count={shown.length}
          all={letters?.length ?? 0}
        >
          {shown.map((letter) => (
            <tr key={letter.id}>
              <td class="num">{clockTime(letter.at)}</td>
              <td>{letter.topic}</td>
              <td>{letter.reason}</td>
              <td class="num">{say(words.bytes, { n: letter.payloadBytes })}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

void startLivePage('lab', 'engineer', Lab);
