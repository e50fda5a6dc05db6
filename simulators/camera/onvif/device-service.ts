import { type Service, type ServiceCall, serviceAddress } from './service.ts';
import { escapeXml } from './soap.ts';

const version = '<tt:Major>2</tt:Major><tt:Minor>60</tt:Minor>';

/** What a scope may hold: letters, digits and the unreserved marks; all else is percent-encoded. */
export const scopesOf = (device: { id: string; name: string; ptz: unknown }): string[] => [
  'onvif://www.onvif.org/Profile/Streaming',
  'onvif://www.onvif.org/type/video_encoder',
  ...(device.ptz ? ['onvif://www.onvif.org/type/ptz'] : []),
  `onvif://www.onvif.org/hardware/${encodeURIComponent('Kuzet camera simulator')}`,
  `onvif://www.onvif.org/name/${encodeURIComponent(device.name)}`,
  `onvif://www.onvif.org/location/${encodeURIComponent(device.id)}`,
];

const dateAndTime = (epochMs: number): string => {
  const at = new Date(epochMs);
  return (
    `<tt:Time><tt:Hour>${at.getUTCHours()}</tt:Hour><tt:Minute>${at.getUTCMinutes()}</tt:Minute><tt:Second>${at.getUTCSeconds()}</tt:Second></tt:Time>` +
    `<tt:Date><tt:Year>${at.getUTCFullYear()}</tt:Year><tt:Month>${at.getUTCMonth() + 1}</tt:Month><tt:Day>${at.getUTCDate()}</tt:Day></tt:Date>`
  );
};

const servicesOf = (call: ServiceCall): (readonly [namespace: string, address: string])[] => [
  ['http://www.onvif.org/ver10/device/wsdl', serviceAddress(call, 'device_service')],
  ['http://www.onvif.org/ver10/media/wsdl', serviceAddress(call, 'media_service')],
  ...(call.device.quirks.media2
    ? [['http://www.onvif.org/ver20/media/wsdl', serviceAddress(call, 'media2_service')] as const]
    : []),
  ['http://www.onvif.org/ver10/events/wsdl', serviceAddress(call, 'event_service')],
  ...(call.device.ptz ? [['http://www.onvif.org/ver20/ptz/wsdl', serviceAddress(call, 'ptz_service')] as const] : []),
];

/** ONVIF device management service (ver10/device/wsdl), the part clients start with. */
export const deviceService: Service = {
  open: ['GetSystemDateAndTime', 'GetCapabilities', 'GetServices', 'GetServiceCapabilities', 'GetHostname'],
  operations: {
    GetSystemDateAndTime: ({ device, nowMs }) =>
      `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>` +
      `<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone>` +
      `<tt:UTCDateTime>${dateAndTime(nowMs + device.quirks.clockErrorMs)}</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
    GetDeviceInformation: ({ device }) =>
      `<tds:GetDeviceInformationResponse><tds:Manufacturer>Kuzet</tds:Manufacturer><tds:Model>Camera simulator${device.ptz ? ' PTZ' : ''}</tds:Model>` +
      `<tds:FirmwareVersion>0.1.0</tds:FirmwareVersion><tds:SerialNumber>${escapeXml(device.id)}</tds:SerialNumber>` +
      `<tds:HardwareId>kuzet-sim-1</tds:HardwareId></tds:GetDeviceInformationResponse>`,
    GetHostname: ({ device }) =>
      `<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>${escapeXml(device.id)}</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>`,
    GetScopes: ({ device }) =>
      `<tds:GetScopesResponse>${scopesOf(device)
        .map(
          (scope) =>
            `<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>${escapeXml(scope)}</tt:ScopeItem></tds:Scopes>`,
        )
        .join('')}</tds:GetScopesResponse>`,
    GetServices: (call) =>
      `<tds:GetServicesResponse>${servicesOf(call)
        .map(
          ([namespace, address]) =>
            `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${escapeXml(address)}</tds:XAddr><tds:Version>${version}</tds:Version></tds:Service>`,
        )
        .join('')}</tds:GetServicesResponse>`,
    GetServiceCapabilities: ({ device }) =>
      `<tds:GetServiceCapabilitiesResponse><tds:Capabilities><tds:Network/><tds:Security UsernameToken="${device.quirks.signIn !== 'digest'}" HttpDigest="${device.quirks.signIn !== 'token'}"/><tds:System/></tds:Capabilities></tds:GetServiceCapabilitiesResponse>`,
    GetCapabilities: (call) =>
      `<tds:GetCapabilitiesResponse><tds:Capabilities>` +
      `<tt:Device><tt:XAddr>${escapeXml(serviceAddress(call, 'device_service'))}</tt:XAddr></tt:Device>` +
      `<tt:Events><tt:XAddr>${escapeXml(serviceAddress(call, 'event_service'))}</tt:XAddr><tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>` +
      `<tt:WSPullPointSupport>true</tt:WSPullPointSupport><tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>` +
      `<tt:Media><tt:XAddr>${escapeXml(serviceAddress(call, 'media_service'))}</tt:XAddr><tt:StreamingCapabilities>` +
      `<tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>` +
      (call.device.ptz
        ? `<tt:PTZ><tt:XAddr>${escapeXml(serviceAddress(call, 'ptz_service'))}</tt:XAddr></tt:PTZ>`
        : '') +
      `</tds:Capabilities></tds:GetCapabilitiesResponse>`,
  },
};
