import { child, children, textOf, timeOf, type XmlNode } from './xml.ts';

export const cameraEventKinds = ['motion', 'tamper', 'digital-input', 'line-crossing'] as const;
export type CameraEventKind = (typeof cameraEventKinds)[number];

/** One thing that a camera noticed. */
export interface CameraEvent {
  kind: CameraEventKind;
  /** Null for what only happens and has no state, such as a line that was crossed. */
  active: boolean | null;
  /** Which of its sources, rules or inputs: the values of the message's Source, joined. */
  source: string;
  /** `Initialized` and `Deleted` tell of a state, `Changed` of a change; null where the camera does not say. */
  operation: 'Initialized' | 'Changed' | 'Deleted' | null;
  /** The camera's clock, epoch ms; null when it gave no time. */
  cameraTimeMs: number | null;
}

/** What a pull brought. */
export interface PulledMessages {
  events: CameraEvent[];
  /** All messages, known or not: the pull point is alive. */
  count: number;
  /** When the camera last started, by its own clock (tns1:Monitoring/OperatingTime/LastReboot); null when it does not say. */
  lastRebootMs: number | null;
}

interface Topic {
  /** The end of the topic, without prefixes. */
  pattern: RegExp;
  kind: CameraEventKind;
  /** Names of the data item that holds the state. */
  data: readonly string[];
}

/** ONVIF Imaging, Device IO and Analytics specifications; first match counts. */
const topics: readonly Topic[] = [
  { pattern: /^VideoSource\/MotionAlarm$/, kind: 'motion', data: ['State'] },
  { pattern: /^RuleEngine\/CellMotionDetector\/Motion$/, kind: 'motion', data: ['IsMotion', 'State'] },
  { pattern: /^RuleEngine\/MotionRegionDetector\/Motion$/, kind: 'motion', data: ['State', 'IsMotion'] },
  { pattern: /^VideoAnalytics\/(?:.*\/)?Motion(?:Detection|Alarm)?$/, kind: 'motion', data: ['State', 'IsMotion'] },
  { pattern: /^RuleEngine\/TamperDetector\/Tamper$/, kind: 'tamper', data: ['IsTamper', 'State'] },
  { pattern: /^VideoSource\/GlobalSceneChange(?:\/.*)?$/, kind: 'tamper', data: ['State'] },
  { pattern: /^Device\/Trigger\/DigitalInput$/, kind: 'digital-input', data: ['LogicalState', 'State'] },
  { pattern: /^RuleEngine\/LineDetector\/Crossed$/, kind: 'line-crossing', data: ['State', 'IsCrossed'] },
  { pattern: /^RuleEngine\/LineCounter\/(?:Counter|Crossed)$/, kind: 'line-crossing', data: ['State'] },
];

/** Reads a PullMessagesResponse (ONVIF Core, 9.1). What is not understood is counted and passed over. */
export function readPulled(response: XmlNode): PulledMessages {
  const notifications = children(response, 'NotificationMessage');
  const pulled: PulledMessages = { events: [], count: notifications.length, lastRebootMs: null };
  for (const notification of notifications) {
    const topic = textOf(notification, 'Topic')
      .split('/')
      .map((part) => part.replace(/^.*:/, '').trim())
      .join('/');
    const message = child(notification, 'Message', 'Message') ?? child(notification, 'Message');
    if (topic === 'Monitoring/OperatingTime/LastReboot') {
      const at = Date.parse(itemOf(message, ['Status']) ?? '');
      if (Number.isFinite(at)) pulled.lastRebootMs = at;
      continue;
    }
    const known = topics.find(({ pattern }) => pattern.test(topic));
    if (!known) continue;
    const operation = textOf(message, '@PropertyOperation');
    pulled.events.push({
      kind: known.kind,
      active: stateOf(itemOf(message, known.data)),
      source: sourceOf(message),
      operation: operation === 'Initialized' || operation === 'Changed' || operation === 'Deleted' ? operation : null,
      cameraTimeMs: timeOf(message, '@UtcTime'),
    });
  }
  return pulled;
}

function itemOf(message: XmlNode | undefined, names: readonly string[]): string | undefined {
  const items = children(child(message, 'Data'), 'SimpleItem');
  for (const name of names) {
    const item = items.find((candidate) => textOf(candidate, '@Name') === name);
    if (item !== undefined) return textOf(item, '@Value');
  }
  return undefined;
}

/** xs:boolean, and the words that cameras write instead. */
function stateOf(text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (/^(true|1|on|active)$/i.test(text)) return true;
  if (/^(false|0|off|inactive)$/i.test(text)) return false;
  return null;
}

const sourceOf = (message: XmlNode | undefined): string =>
  children(child(message, 'Source'), 'SimpleItem')
    .map((item) => textOf(item, '@Value'))
    .join('/')
    .slice(0, 64);

/** The life that a subscription has left, both ends told by the camera's own clock: how wrong that is does not matter. */
export function lifeLeftMs(response: XmlNode): number | null {
  const now = timeOf(response, 'CurrentTime');
  const end = timeOf(response, 'TerminationTime');
  return now === null || end === null || end <= now ? null : end - now;
}
