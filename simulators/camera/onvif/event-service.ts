import type { EventMessage, Subscription } from './event-hub.ts';
import {
  cameraTime,
  type OnvifDevice,
  type Service,
  type ServiceCall,
  serviceAddress,
  videoSourceToken,
} from './service.ts';
import { durationMs, numberOf, SoapFault, textOf } from './soap.ts';

const defaultLifeMs = 60_000;
const maxLifeMs = 3_600_000;
const maxPullMs = 60_000;
const inputToken = 'DigitalInput_1';

const topics = {
  motion: { topic: 'tns1:VideoSource/MotionAlarm', source: 'Source', token: videoSourceToken, data: 'State' },
  'digital-input': {
    topic: 'tns1:Device/Trigger/DigitalInput',
    source: 'InputToken',
    token: inputToken,
    data: 'LogicalState',
  },
  tamper: { topic: 'tns1:RuleEngine/TamperDetector/Tamper', source: 'Rule', token: 'Tamper_1', data: 'IsTamper' },
  'line-crossing': { topic: 'tns1:RuleEngine/LineDetector/Crossed', source: 'Rule', token: 'Line_1', data: 'ObjectId' },
  'last-reboot': { topic: 'tns1:Monitoring/OperatingTime/LastReboot', source: '', token: '', data: 'Status' },
} as const;

const times = (device: OnvifDevice, nowMs: number, { expiresMs }: Subscription, prefix: string) =>
  `<${prefix}:CurrentTime>${cameraTime(device, nowMs)}</${prefix}:CurrentTime><${prefix}:TerminationTime>${cameraTime(device, expiresMs)}</${prefix}:TerminationTime>`;

/** An absolute time or a duration, as WS-BaseNotification allows. */
function lifeMs(text: string, { device: { quirks }, nowMs }: ServiceCall): number {
  const longestMs = quirks.longestLifeMs ?? maxLifeMs;
  if (text === '') return Math.min(longestMs, defaultLifeMs);
  const life = durationMs(text) ?? Date.parse(text) - nowMs - quirks.clockErrorMs;
  if (!(life > 0))
    throw new SoapFault('Termination time is not ahead', ['wsnt:UnacceptableInitialTerminationTimeFault']);
  return Math.min(longestMs, life);
}

const gone = () =>
  new SoapFault('There is no such subscription', ['ter:InvalidArgVal', 'wsrf-rw:ResourceUnknownFault']);

const dataValue = (device: OnvifDevice, { property, value, atMs }: EventMessage): string => {
  if (property === 'last-reboot') return cameraTime(device, atMs);
  return property === 'line-crossing' ? '7' : String(value);
};

function notification(device: OnvifDevice, message: EventMessage): string {
  const { property, operation, atMs } = message;
  const { topic, source, token, data } = topics[property];
  const from = source === '' ? '' : `<tt:SimpleItem Name="${source}" Value="${token}"/>`;
  // What only happens is no property.
  const changed = property === 'line-crossing' ? '' : ` PropertyOperation="${operation}"`;
  return (
    `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${topic}</wsnt:Topic>` +
    `<wsnt:Message><tt:Message UtcTime="${cameraTime(device, atMs)}"${changed}>` +
    `<tt:Source>${from}</tt:Source>` +
    `<tt:Data><tt:SimpleItem Name="${data}" Value="${dataValue(device, message)}"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`
  );
}

const messageDescription = (source: string, data: string) =>
  `<tt:MessageDescription IsProperty="true"><tt:Source><tt:SimpleItemDescription Name="${source}" Type="tt:ReferenceToken"/></tt:Source>` +
  `<tt:Data><tt:SimpleItemDescription Name="${data}" Type="xs:boolean"/></tt:Data></tt:MessageDescription>`;

/** ONVIF event service (ver10/events/wsdl): real-time pull points. */
export const eventService: Service = {
  open: ['GetServiceCapabilities'],
  operations: {
    GetServiceCapabilities: () =>
      `<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSPullPointSupport="true" MaxPullPoints="20"/></tev:GetServiceCapabilitiesResponse>`,
    GetEventProperties: () =>
      `<tev:GetEventPropertiesResponse><tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation>` +
      `<wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet>` +
      `<tns1:VideoSource><MotionAlarm wstop:topic="true">${messageDescription('Source', 'State')}</MotionAlarm></tns1:VideoSource>` +
      `<tns1:Device><Trigger><DigitalInput wstop:topic="true">${messageDescription('InputToken', 'LogicalState')}</DigitalInput></Trigger></tns1:Device>` +
      `</wstop:TopicSet><wsnt:TopicExpressionDialect>http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet</wsnt:TopicExpressionDialect>` +
      `<tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter</tev:MessageContentFilterDialect>` +
      `<tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd</tev:MessageContentSchemaLocation></tev:GetEventPropertiesResponse>`,
    CreatePullPointSubscription: (call) => {
      const { device, nowMs, parameters } = call;
      const subscription = device.events.subscribe(lifeMs(textOf(parameters, 'InitialTerminationTime'), call));
      return (
        `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>${reference(call, subscription.id)}</tev:SubscriptionReference>` +
        `${times(device, nowMs, subscription, 'wsnt')}</tev:CreatePullPointSubscriptionResponse>`
      );
    },
    PullMessages: async (call) => {
      const { device, parameters } = call;
      const timeoutMs = Math.min(maxPullMs, durationMs(textOf(parameters, 'Timeout')) ?? 5_000);
      const limit = numberOf(parameters, 'MessageLimit') ?? 10;
      // Never settles; the connection ends with the client's patience.
      if (device.quirks.pullPoint === 'hangs') return new Promise<string>(() => undefined);
      const pulled = await device.events.pull(subscriptionOf(call), limit, timeoutMs);
      if (!pulled) throw gone();
      const told = device.quirks.pullPoint === 'silent' ? [] : pulled.messages;
      return `<tev:PullMessagesResponse>${times(device, pulled.nowMs, pulled.subscription, 'tev')}${told.map((message) => notification(device, message)).join('')}</tev:PullMessagesResponse>`;
    },
    Renew: (call) => {
      const { device, parameters, nowMs } = call;
      const renewed = device.events.renew(subscriptionOf(call), lifeMs(textOf(parameters, 'TerminationTime'), call));
      if (!renewed) throw gone();
      return `<wsnt:RenewResponse>${times(device, nowMs, renewed, 'wsnt')}</wsnt:RenewResponse>`;
    },
    Unsubscribe: (call) => {
      if (!call.device.events.unsubscribe(subscriptionOf(call))) throw gone();
      return '<wsnt:UnsubscribeResponse/>';
    },
    SetSynchronizationPoint: (call) => {
      if (!call.device.events.synchronize(subscriptionOf(call))) throw gone();
      return '<tev:SetSynchronizationPointResponse/>';
    },
  },
};

/** How a subscription is named to its client (WS-Addressing 1.0, 2.1). */
function reference(call: ServiceCall, id: string): string {
  const address = serviceAddress(call, 'subscription');
  switch (call.device.quirks.subscriptionBy) {
    case 'path':
      return `<wsa:Address>${address}/${id}</wsa:Address>`;
    case 'query':
      return `<wsa:Address>${address}?Idx=${id}</wsa:Address>`;
    case 'reference':
      return (
        `<wsa:Address>${address}</wsa:Address><wsa:ReferenceParameters>` +
        `<tev:SubscriptionId>${id}</tev:SubscriptionId></wsa:ReferenceParameters>`
      );
  }
}

const subscriptionOf = ({ resource, query, header }: ServiceCall): string =>
  resource || query.get('Idx') || textOf(header, 'SubscriptionId');
