import { ptzConfiguration } from './ptz-service.ts';
import { noSuch, profileToken, type Service, type ServiceCall, serviceAddress, videoSourceToken } from './service.ts';
import { escapeXml, SoapFault, textOf } from './soap.ts';

const encoderToken = 'VideoEncoder_1';
const sourceConfigurationToken = 'VideoSourceConfiguration_1';
const bitrateKbps = 512;

const resolution = ({ device }: ServiceCall): string => {
  const { width, height } = device.clip().sequence;
  return `<tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height>`;
};

const sourceConfiguration = (call: ServiceCall, element: string): string => {
  const { width, height } = call.device.clip().sequence;
  return (
    `<${element} token="${sourceConfigurationToken}"><tt:Name>${sourceConfigurationToken}</tt:Name><tt:UseCount>1</tt:UseCount>` +
    `<tt:SourceToken>${videoSourceToken}</tt:SourceToken><tt:Bounds x="0" y="0" width="${width}" height="${height}"/></${element}>`
  );
};

const encoderConfiguration = (call: ServiceCall, element: string): string => {
  const { fps } = call.device.clip();
  return (
    `<${element} token="${encoderToken}"><tt:Name>${encoderToken}</tt:Name><tt:UseCount>1</tt:UseCount>` +
    `<tt:Encoding>H264</tt:Encoding><tt:Resolution>${resolution(call)}</tt:Resolution><tt:Quality>4</tt:Quality>` +
    `<tt:RateControl><tt:FrameRateLimit>${fps}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>${bitrateKbps}</tt:BitrateLimit></tt:RateControl>` +
    `<tt:H264><tt:GovLength>${fps}</tt:GovLength><tt:H264Profile>Baseline</tt:H264Profile></tt:H264>` +
    `<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port><tt:TTL>0</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>` +
    `<tt:SessionTimeout>PT60S</tt:SessionTimeout></${element}>`
  );
};

const profile = (call: ServiceCall, element: string): string =>
  `<${element} token="${profileToken}" fixed="true"><tt:Name>${profileToken}</tt:Name>` +
  sourceConfiguration(call, 'tt:VideoSourceConfiguration') +
  encoderConfiguration(call, 'tt:VideoEncoderConfiguration') +
  (call.device.ptz ? ptzConfiguration('tt:PTZConfiguration') : '') +
  `</${element}>`;

function needProfile(call: ServiceCall): void {
  if (textOf(call.parameters, 'ProfileToken') !== profileToken) throw noSuch('profile', 'ter:NoProfile');
}

const mediaUri = (response: string, uri: string): string =>
  `<trt:${response}><trt:MediaUri><tt:Uri>${escapeXml(uri)}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>` +
  `<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:${response}>`;

/** ONVIF media service (ver10/media/wsdl): one H.264 profile, `main`. */
export const mediaService: Service = {
  open: ['GetServiceCapabilities'],
  operations: {
    GetServiceCapabilities: () =>
      `<trt:GetServiceCapabilitiesResponse><trt:Capabilities SnapshotUri="true"><trt:ProfileCapabilities MaximumNumberOfProfiles="1"/>` +
      `<trt:StreamingCapabilities RTPMulticast="false" RTP_TCP="true" RTP_RTSP_TCP="true"/></trt:Capabilities></trt:GetServiceCapabilitiesResponse>`,
    GetProfiles: (call) => `<trt:GetProfilesResponse>${profile(call, 'trt:Profiles')}</trt:GetProfilesResponse>`,
    GetProfile: (call) => {
      needProfile(call);
      return `<trt:GetProfileResponse>${profile(call, 'trt:Profile')}</trt:GetProfileResponse>`;
    },
    GetVideoSources: (call) =>
      `<trt:GetVideoSourcesResponse><trt:VideoSources token="${videoSourceToken}"><tt:Framerate>${call.device.clip().fps}</tt:Framerate>` +
      `<tt:Resolution>${resolution(call)}</tt:Resolution></trt:VideoSources></trt:GetVideoSourcesResponse>`,
    GetVideoSourceConfigurations: (call) =>
      `<trt:GetVideoSourceConfigurationsResponse>${sourceConfiguration(call, 'trt:Configurations')}</trt:GetVideoSourceConfigurationsResponse>`,
    GetVideoEncoderConfigurations: (call) =>
      `<trt:GetVideoEncoderConfigurationsResponse>${encoderConfiguration(call, 'trt:Configurations')}</trt:GetVideoEncoderConfigurationsResponse>`,
    GetVideoEncoderConfiguration: (call) => {
      if (textOf(call.parameters, 'ConfigurationToken') !== encoderToken) throw noSuch('configuration', 'ter:NoConfig');
      return `<trt:GetVideoEncoderConfigurationResponse>${encoderConfiguration(call, 'trt:Configuration')}</trt:GetVideoEncoderConfigurationResponse>`;
    },
    GetAudioSources: () => '<trt:GetAudioSourcesResponse/>',
    GetStreamUri: (call) => {
      needProfile(call);
      const stream = textOf(call.parameters, 'StreamSetup', 'Stream');
      if (stream === 'RTP-Multicast') {
        throw new SoapFault('Only unicast', ['ter:InvalidArgVal', 'ter:InvalidStreamSetup']);
      }
      return mediaUri('GetStreamUriResponse', `${call.rtspOrigin}/${encodeURIComponent(call.device.id)}/main`);
    },
    GetSnapshotUri: (call) => {
      needProfile(call);
      return mediaUri('GetSnapshotUriResponse', serviceAddress(call, 'snapshot.jpg'));
    },
  },
};
