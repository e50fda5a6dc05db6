import type { AlarmRecord } from '@kuzet/contracts/alarm.ts';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api-client.ts';
import { language, say } from './i18n.ts';
import type { LiveClient } from './live-client.ts';
import { PrioritySymbol } from './symbols.tsx';
import { shortTime, shortTimer } from './time.ts';
import { Fault, useAction } from './use-action.tsx';
import { common, conditionWords } from './words/common.ts';
import { faultWords as words } from './words/faults.ts';
import './styles/fault-list.css';

const order = { critical: 0, high: 1, routine: 2 } as const;

/** Active alarms without an incident: faults, silence, edges that are away. Who acknowledges one says "I have it". */
export function FaultList({ live, find = '' }: { live: LiveClient; find?: string }) {
  const [alarms, setAlarms] = useState<AlarmRecord[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const action = useAction();
  const system = live.tables.system.value.get('hub');
  const read = async () => {
    const answer = await call<{ items: AlarmRecord[] }>('GET', '/alarms?incident=false&state=active&limit=1000');
    if (answer.ok) setAlarms(answer.value.items);
    setFault(answer.ok ? null : say(common.actionFailed, { why: answer.problem?.title ?? say(common.connecting) }));
  };
  useEffect(() => void read(), [system?.faults, system?.faultsUnacknowledged]);

  const acknowledge = async (id: string) => {
    await action.run(() => call('POST', `/alarms/${id}/acknowledge`, {}));
    await read();
  };
  const nameOf = (alarm: AlarmRecord) => alarm.deviceName?.[language.value] ?? alarm.edgeId ?? '';
  const fits = (...texts: string[]) => texts.join(' ').toLowerCase().includes(find.toLowerCase());
  const shown = (alarms ?? [])
    .filter((alarm) => fits(nameOf(alarm), alarm.deviceId ?? '', say(conditionWords[alarm.condition])))
    .sort((a, b) => Number(a.acknowledged) - Number(b.acknowledged) || order[a.priority] - order[b.priority]);
  return (
    <>
      <Fault text={fault ?? action.fault} />
      {alarms?.length === 0 && <p class="fault-list">{say(words.noFaults)}</p>}
      {shown.length > 0 && (
        <table class="fault-list">
          <thead>
            <tr>
              {[words.fault, words.device, words.since, words.acknowledged].map((word) => (
                <th key={word.en}>{say(word)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((alarm) => (
              <tr key={alarm.id} class={alarm.acknowledged ? '' : 'open'}>
                <td>
                  <PrioritySymbol priority={alarm.priority} /> {say(conditionWords[alarm.condition])}
                </td>
                <td>
                  {nameOf(alarm)} <small>{alarm.deviceId ?? ''}</small>
                </td>
                <td class="num">
                  {say(words.ago, { age: shortTimer(live.second.value - Date.parse(alarm.raisedAt)) })}
                </td>
                <td>
                  {alarm.acknowledged ? (
                    `${alarm.acknowledgedBy ?? ''} ${alarm.acknowledgedAt ? shortTime(alarm.acknowledgedAt) : ''}`
                  ) : (
                    <button
                      class="button"
                      type="button"
                      disabled={action.busy}
                      onClick={() => void acknowledge(alarm.id)}
                    >
                      {say(words.acknowledge)}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
