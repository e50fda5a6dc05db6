import type { AlarmRecord } from '@kuzet/contracts/alarm.ts';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api-client.ts';
import { language, say } from './i18n.ts';
import type { LiveClient } from './live-client.ts';
import { PrioritySymbol } from './symbols.tsx';
import { clockTime, shortTime, shortTimer } from './time.ts';
import { Fault, useAction } from './use-action.tsx';
import { common, conditionWords } from './words/common.ts';
import { faultWords as words } from './words/faults.ts';
import './styles/fault-list.css';

const order = { critical: 0, high: 1, routine: 2 } as const;

/**
 * Active alarms without an incident: faults, silence, edges that are away, cameras without picture. Who acknowledges one
 * says "I have it".
 */
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
  useEffect(() => void read(), [system?.faults, system?.faultsUnacknowledged, system?.camerasInFault]);

  const acknowledge = async (id: string) => {
    await action.run(() => call('POST', `/alarms/${id}/acknowledge`, {}));
    await read();
  };
  const siteName = (id: string) => live.tables.site.value.get(id)?.name[language.value] ?? id;
  const nameOf = ({ cameras, deviceName, edgeId }: AlarmRecord) => {
    if (!cameras || cameras.ids.length === 1) return deviceName?.[language.value] ?? edgeId ?? '';
    const { siteIds } = cameras;
    return siteIds.length === 1 ? siteName(siteIds[0] ?? '') : say(words.ofSites, { n: siteIds.length });
  };
  const conditionOf = ({ condition, cameras }: AlarmRecord) =>
    cameras && cameras.ids.length > 1
      ? say(words.camerasLost, { n: cameras.ids.length })
      : say(conditionWords[condition]);
  const detailOf = ({ cameras, deviceId, peakValue }: AlarmRecord) => {
    if (!cameras) return deviceId ?? '';
    const [only] = cameras.ids.length === 1 ? cameras.ids : [];
    const facts = [only, say(words.sinceTime, { time: clockTime(cameras.since) })];
    if (Number(peakValue) > cameras.ids.length) facts.push(say(words.mostWere, { n: Number(peakValue) }));
    if (cameras.evidence) facts.push(say(words[cameras.evidence]));
    return facts.filter(Boolean).join(' · ');
  };
  const fits = (...texts: string[]) => texts.join(' ').toLowerCase().includes(find.toLowerCase());
  const shown = (alarms ?? [])
    .filter((alarm) => fits(nameOf(alarm), detailOf(alarm), conditionOf(alarm), ...(alarm.cameras?.ids ?? [])))
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
                  <PrioritySymbol priority={alarm.priority} /> {conditionOf(alarm)}
                </td>
                <td>
                  {nameOf(alarm)} <small title={alarm.cameras?.ids.join(', ')}>{detailOf(alarm)}</small>
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
