import { existsSync, readFileSync } from 'node:fs';
import { profileNames, type SiteDevice } from '@kuzet/contracts/site-file.ts';
import { profiles } from '../profiles/index.ts';
import { testDevice } from '../test-site.ts';

export interface Sample {
  profile: string;
  topic: string;
  payload: Buffer;
}

export interface Corpus {
  samples: Sample[];
  devices: SiteDevice[];
}

interface Said {
  payload?: unknown;
  base64?: string;
}
type Devices = (Partial<SiteDevice> & { id: string })[];
interface Fixture extends Said {
  kind: string;
}
interface Story {
  devices?: Devices;
  steps: (Said & { topic?: string; devices?: Devices })[];
}

export const bytesOf = ({ payload = '', base64 }: Said): Buffer =>
  base64 !== undefined
    ? Buffer.from(base64, 'base64')
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));

function read<T>(file: string): T[] {
  const url = new URL(`../profiles/fixtures/${file}`, import.meta.url);
  return existsSync(url) ? (JSON.parse(readFileSync(url, 'utf8')) as T[]) : [];
}

/** Devices whose topics have kinds that a plain device's have not. */
export const variants: Readonly<Record<string, Partial<SiteDevice>[]>> = {
  'panel-pai': [
    { topic: 'paradox/states/partitions/Main' },
    { topic: 'dsc/zone/3' },
    { topic: 'dsc/partition/1' },
    { topic: 'paradox' },
  ],
  sensorthings: [
    { metrics: [{ name: 'temperature', unit: 'Cel' }] },
    {
      streams: [
        { topic: 'v1.1/Datastreams(6)/Observations', metric: 'temperature', unit: '[degF]' },
        { topic: 'v1.1/Datastreams(8)/Observations', metric: 'category' },
      ],
    },
  ],
};

/** By its device's kind a LoRaWAN decoder reads the same bytes in another way; the kinds of topics stay. */
const otherKinds: Readonly<Record<string, Partial<SiteDevice>[]>> = {
  chirpstack: [{ kind: 'gas-detector' }, { kind: 'water-leak' }],
  milesight: [{ kind: 'gas-detector' }, { kind: 'door-contact' }],
  'the-things-stack': [{ kind: 'air-quality' }],
};

/** Every message of every profile's fixtures, on a topic on which a device of one site says it. */
export function loadCorpus(): Corpus {
  const samples: Sample[] = [];
  const byTopic = new Map<string, SiteDevice>();
  let count = 0;
  const declare = (profile: SiteDevice['profile'], over: Partial<SiteDevice>): SiteDevice => {
    const device = testDevice({ ...over, id: over.id ?? `${profile}-${count++}`, profile });
    const topics = profiles[profile].topics(device).map(({ topic }) => topic);
    // Stories tell of the same places with other devices; the first one stays.
    const taken = topics.map((topic) => byTopic.get(topic)).find((other) => other !== undefined);
    if (taken && taken.profile === profile) return taken;
    const own = { ...device, id: `${profile}-${count++}`, topic: device.topic ?? `${profile}/${count}` };
    for (const { topic } of profiles[profile].topics(own)) byTopic.set(topic, own);
    return own;
  };

  for (const profile of profileNames) {
    const plain = [{}, ...(variants[profile] ?? []), ...(otherKinds[profile] ?? [])].map((over) =>
      testDevice({ id: `${profile}-${count++}`, profile, ...over }),
    );
    for (const device of plain) for (const { topic } of profiles[profile].topics(device)) byTopic.set(topic, device);
    for (const fixture of read<Fixture>(`${profile}.json`)) {
      for (const device of plain) {
        for (const { topic, kind } of profiles[profile].topics(device)) {
          if (kind === fixture.kind || kind.split('/')[0] === fixture.kind.split('/')[0]) {
            samples.push({ profile, topic, payload: bytesOf(fixture) });
          }
        }
      }
    }
    for (const story of read<Story>(`${profile}.stories.json`)) {
      for (const device of story.devices ?? []) declare(profile, device);
      for (const step of story.steps) {
        for (const device of step.devices ?? []) declare(profile, device);
        if (step.topic !== undefined) samples.push({ profile, topic: step.topic, payload: bytesOf(step) });
      }
    }
  }
  return { samples, devices: [...new Set(byTopic.values())] };
}
