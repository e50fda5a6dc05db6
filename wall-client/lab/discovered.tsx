import type { DiscoveredDevices } from '@kuzet/contracts/provisioning.ts';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { language, say } from '../kit/i18n.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { number } from '../kit/time.ts';
import { Fault } from '../kit/use-action.tsx';
import { common } from '../kit/words/common.ts';
import { labWords as words } from '../kit/words/lab.ts';
import { ago, fits, Table } from './table.tsx';

/** Devices that speak and that nobody declared. They raise nothing until they are adopted. */
export function Discovered({ live, find }: { live: LiveClient; find: string }) {
  const [found, setFound] = useState<DiscoveredDevices | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const read = async () => {
    const answer = await call<DiscoveredDevices>('GET', '/discovered-devices');
    if (answer.ok) setFound(answer.value);
    setFault(answer.ok ? null : say(common.actionFailed, { why: answer.problem?.title ?? say(common.connecting) }));
  };
  useEffect(() => void read(), []);
  const items = found?.items ?? [];
  const shown = items.filter((one) => fits(find, one.topic, one.suggestedId, one.profile, one.edgeId));
  const heads = [words.topic, words.profile, words.kind, words.values, words.lastSeen, words.heard, words.edge];
  return (
    <>
      <p class="actions">
        <button class="button" type="button" onClick={() => void read()}>
          {say(words.refresh)}
        </button>
        <span class="hint">{say(words.discoveredHint)}</span>
      </p>
      <Fault text={fault} />
      {found?.unreachable.map(({ edgeId, detail }) => (
        <Fault key={edgeId} text={detail} />
      ))}
      {found && items.length === 0 && <p class="count">{say(words.noDiscovered)}</p>}
      {shown.length > 0 && (
        <Table heads={heads.map((word) => say(word))} count={shown.length} all={items.length}>
          {shown.map((one) => (
            <tr key={`${one.edgeId} ${one.topic}`}>
              <td class="long">{one.topic}</td>
              <td>{one.profile}</td>
              <td>{one.suggestedKind ?? say(words.kindUnknown)}</td>
              <td class="long">{one.metrics.map(({ name, unit }) => `${name}${unit ? ` ${unit}` : ''}`).join('  ')}</td>
              <td class="num">{ago(live, one.lastSeenAt)}</td>
              <td class="num">{number(one.count, language.value)}</td>
              <td>{one.edgeId}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
