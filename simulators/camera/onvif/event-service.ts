import type { EventMessage, Subscription } from './event-hub.ts';
import { type Service, type ServiceCall, serviceAddress, videoSourceToken } from './service.ts';
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
} as const;

const iso = (epochMs: number) => new Date(epochMs).toISOString();
const times = (nowMs: number, { expiresMs }: Subscription, prefix: string) =>
  `<${prefix}:CurrentTime>${iso(nowMs)}</${prefix}:CurrentTime><${prefix}:TerminationTime>${iso(expiresMs)}</${prefix}:TerminationTime>`;

/** An absolute time or a duration, as WS-BaseNotification allows. */
function lifeMs(text: string, nowMs: number): number {
  if (text === '') return defaultLifeMs;
  const life = durationMs(text) ?? Date.parse(text) - nowMs;
  if (!(life > 0))
    throw new SoapFault('Termination time is not ahead', ['wsnt:UnacceptableInitialTerminationTimeFault']);
  return Math.min(maxLifeMs, life);
}

const gone = () =>
  new SoapFault('There is no such subscription', ['ter:InvalidArgVal', 'wsrf-rw:ResourceUnknownFault']);

function notification({ property, operation, value, atMs }: EventMessage): string {
  const { topic, source, token, data } = topics[property];
  return (
    `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${topic}</wsnt:Topic>` +
    `<wsnt:Message><tt:Message UtcTime="${iso(atMs)}" PropertyOperation="${operation}">` +
    `<tt:Source><tt:SimpleItem Name="${source}" Value="${token}"/></tt:Source>` +
    `<tt:Data><tt:SimpleItem Name="${data}" Value="${value}"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`
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
    CreatePullPointSubscription: (call: ServiceCall) => {
      const life = lifeMs(textOf(call.parameters, 'InitialTerminationTime'), call.nowMs);
      const subscription = call.device.events.subscribe(life);
      const address = `${serviceAddress(call, 'subscription')}/${subscription.id}`;
      return (
        `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa:Address>${address}</wsa:Address></tev:SubscriptionReference>` +
        `${times(call.nowMs, subscription, 'wsnt')}</tev:CreatePullPointSubscriptionResponse>`
      );
    },
    PullMessages: async ({ device, parameters, resource, nowMs }) => {
      const timeoutMs = Math.min(maxPullMs, durationMs(textOf(parameters, 'Timeout')) ?? 5_000);
      const limit = numberOf(parameters, 'MessageLimit') ?? 10;
      const pulled = await device.events.pull(resource, limit, timeoutMs);
      if (!pulled) throw gone();
      return `<tev:PullMessagesResponse>${times(nowMs, pulled.subscription, 'tev')}${pulled.messages.map(notification).join('')}</tev:PullMessagesResponse>`;
    },
    Renew: ({ device, parameters, resource, nowMs }) => {
      const renewed = device.events.renew(resource, lifeMs(textOf(parameters, 'TerminationTime'), nowMs));
      if (!renewed) throw gone();
      return `<wsnt:RenewResponse>${times(nowMs, renewed, 'wsnt')}</wsnt:RenewResponse>`;
    },
    Unsubscribe: ({ device, resource }) => {
      if (!device.events.unsubscribe(resource)) throw gone();
      return '<wsnt:UnsubscribeResponse/>';
    },
    SetSynchronizationPoint: () => '<tev:SetSynchronizationPointResponse/>',
  },
};
