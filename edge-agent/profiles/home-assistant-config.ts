import { toId } from '../provisioning/suggest.ts';
import { type MetricOf, metricOf } from './home-assistant-metric.ts';
import { readTemplate, type Template } from './home-assistant-template.ts';
import { readJsonObject } from './read-json.ts';

/** One value of one device, as a discovery message declares it. */
export interface Entity {
  /** Config topic, and in a message of the device form the component's key behind a line break. */
  id: string;
  ownName: string;
  metric: MetricOf;
  stateTopic: string;
  template: Template;
  on: unknown;
  off: unknown;
  availability: AvailabilitySource[];
  availabilityMode: 'all' | 'any' | 'latest';
  expireAfterMs: number | null;
  offDelayMs: number | null;
}

export interface AvailabilitySource {
  topic: string;
  template: Template;
  available: unknown;
  notAvailable: unknown;
}

/** What a discovery message says. Neither entities nor a reason: nothing that gives readings. */
export interface Announcement {
  deviceKey: string;
  deviceName: string;
  entities: Entity[];
  /** What was not understood; the rest stands. */
  faults: string[];
}

type Fields = Record<string, unknown>;

/** https://www.home-assistant.io/integrations/mqtt/#supported-abbreviations-in-mqtt-discovery-messages */
const abbreviations: Readonly<Record<string, string>> = {
  avty: 'availability',
  avty_mode: 'availability_mode',
  avty_t: 'availability_topic',
  avty_tpl: 'availability_template',
  cmps: 'components',
  cns: 'connections',
  dev: 'device',
  dev_cla: 'device_class',
  ent_cat: 'entity_category',
  exp_aft: 'expire_after',
  ids: 'identifiers',
  o: 'origin',
  obj_id: 'object_id',
  off_dly: 'off_delay',
  p: 'platform',
  pl_avail: 'payload_available',
  pl_not_avail: 'payload_not_available',
  pl_off: 'payload_off',
  pl_on: 'payload_on',
  stat_off: 'state_off',
  stat_on: 'state_on',
  stat_t: 'state_topic',
  t: 'topic',
  uniq_id: 'unique_id',
  unit_of_meas: 'unit_of_measurement',
  val_tpl: 'value_template',
};

const maxEntities = 200;
/** Longer than any that a device needs; a day and a month. */
const maxDelayS = 86_400;
const maxExpireS = 2_678_400;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;
const isTopic = (topic: string | null): topic is string => topic !== null && /^[^+#\0]{1,1000}$/.test(topic);
const millis = (value: unknown, maxS: number): number | null =>
  typeof value === 'number' && value > 0 && value <= maxS ? value * 1_000 : null;

/** Without abbreviations, and with `~` filled in where topics begin or end with it. */
function expand(fields: Fields): Fields {
  const base = textOf(fields['~']);
  const whole: Fields = Object.create(null) as Fields;
  for (const [short, value] of Object.entries(fields)) {
    const key = Object.hasOwn(abbreviations, short) ? abbreviations[short]! : short;
    const isTopicKey = key === 'topic' || key.endsWith('_topic');
    whole[key] =
      base !== null && isTopicKey && typeof value === 'string'
        ? value.replace(/^~/, () => base).replace(/~$/, () => base)
        : value;
  }
  // The base reaches into the list of availability topics too.
  if (Array.isArray(whole.availability)) {
    whole.availability = whole.availability.map((source) =>
      isFields(source) ? expand(base === null ? source : { '~': base, ...source }) : source,
    );
  }
  return whole;
}

function deviceOf(device: unknown, fallback: string): { key: string; name: string } {
  const whole = isFields(device) ? expand(device) : {};
  const first = (list: unknown): string | null => textOf(Array.isArray(list) ? list[0] : list);
  const connection =
    Array.isArray(whole.connections) && Array.isArray(whole.connections[0]) ? whole.connections[0] : [];
  const identity = first(whole.identifiers) ?? textOf(connection[1]) ?? fallback;
  return { key: toId(identity.slice(0, 500)), name: (textOf(whole.name) ?? identity).slice(0, 200) };
}

function availabilityOf(fields: Fields): AvailabilitySource[] | { refused: string } {
  const list = Array.isArray(fields.availability)
    ? fields.availability.slice(0, 8)
    : fields.availability_topic !== undefined
      ? [
          {
            topic: fields.availability_topic,
            value_template: fields.availability_template,
            payload_available: fields.payload_available,
            payload_not_available: fields.payload_not_available,
          },
        ]
      : [];
  const sources: AvailabilitySource[] = [];
  for (const source of list as unknown[]) {
    const topic = isFields(source) ? textOf(source.topic) : null;
    if (!isFields(source) || !isTopic(topic)) return { refused: 'an availability topic is missing or is no topic' };
    const template = readTemplate(textOf(source.value_template));
    if (!template) return { refused: 'an availability template is not one of {{ value }}, {{ value_json.x }}' };
    const available = source.payload_available ?? 'online';
    sources.push({ topic, template, available, notAvailable: source.payload_not_available ?? 'offline' });
  }
  return sources;
}

/** An entity, why there is none, or null where the component gives no readings. */
function entityOf(
  id: string,
  component: string,
  objectId: string,
  fields: Fields,
): Entity | { refused: string } | null {
  if (component !== 'binary_sensor' && component !== 'sensor' && component !== 'switch') return null;
  const ownName = (textOf(fields.object_id) ?? objectId).slice(0, 60);
  const stateTopic = textOf(fields.state_topic);
  if (stateTopic === null) return component === 'switch' ? null : { refused: `${ownName}: state_topic is missing` };
  if (!isTopic(stateTopic)) return { refused: `${ownName}: state_topic is no topic` };
  const template = readTemplate(textOf(fields.value_template));
  if (!template) return { refused: `${ownName}: value_template is not one of {{ value }}, {{ value_json.x }}` };
  const availability = availabilityOf(fields);
  if ('refused' in availability) return { refused: `${ownName}: ${availability.refused}` };
  const isSwitch = component === 'switch';
  const mode = fields.availability_mode;
  return {
    id,
    ownName,
    metric: metricOf({
      isYesNo: component !== 'sensor',
      deviceClass: isSwitch ? 'power' : textOf(fields.device_class),
      unit: textOf(fields.unit_of_measurement),
      name: ownName,
      isDiagnostic: fields.entity_category === 'diagnostic',
    }),
    stateTopic,
    template,
    on: (isSwitch ? fields.state_on : undefined) ?? fields.payload_on ?? 'ON',
    off: (isSwitch ? fields.state_off : undefined) ?? fields.payload_off ?? 'OFF',
    availability,
    availabilityMode: mode === 'all' || mode === 'any' ? mode : 'latest',
    expireAfterMs: millis(fields.expire_after, maxExpireS),
    offDelayMs: component === 'binary_sensor' ? millis(fields.off_delay, maxDelayS) : null,
  };
}

const configTopic = /^homeassistant\/([^/]+)\/(?:[^/]+\/)?([^/]+)\/config$/;

export const isConfigTopic = (topic: string): boolean =>
  topic.startsWith('homeassistant/') && topic.endsWith('/config') && configTopic.test(topic);

/**
 * A message on `homeassistant/<component>/[<node>/]<object>/config`: of one component, or of a whole device with all its
 * components. https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
 */
export function readAnnouncement(topic: string, payload: Buffer): Announcement | { refused: string } {
  const [, component = '', objectId = ''] = configTopic.exec(topic) ?? [];
  const json = readJsonObject(payload);
  if ('refused' in json) return json;
  const fields = expand(json.object);
  const faults: string[] = [];
  const entities: Entity[] = [];
  const add = (entity: ReturnType<typeof entityOf>) => {
    if (entity && 'refused' in entity) faults.push(entity.refused);
    else if (entity) entities.push(entity);
  };

  if (component !== 'device') {
    add(entityOf(topic, component, objectId, fields));
    const { key, name } = deviceOf(fields.device, textOf(fields.unique_id) ?? objectId);
    return { deviceKey: key, deviceName: name, entities, faults };
  }

  const { components } = fields;
  if (!isFields(components)) return { refused: '"components" (cmps) of the device is missing or no object' };
  const each = Object.entries(components);
  if (each.length > maxEntities) return { refused: `${each.length} components in one device; at most ${maxEntities}` };
  const { components: _own, device, origin: _origin, ...shared } = fields;
  const base = shared['~'];
  for (const [key, value] of each) {
    if (!isFields(value)) {
      faults.push(`component ${key.slice(0, 50)} is no object`);
      continue;
    }
    const part = { ...shared, ...expand(base === undefined ? value : { '~': base, ...value }) };
    // With its platform alone it is taken away.
    if (Object.keys(value).length > 1) add(entityOf(`${topic}\n${key}`, textOf(part.platform) ?? '', key, part));
  }
  return { deviceKey: deviceOf(device, objectId).key, deviceName: deviceOf(device, objectId).name, entities, faults };
}
