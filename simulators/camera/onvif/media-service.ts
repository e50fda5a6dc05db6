import { ptzConfiguration } from './ptz-service.ts';
import {
  noSuch,
  profilesOf,
  type Service,
  type ServiceCall,
  type SimulatedProfile,
  serviceAddress,
  streamAddress,
  videoSourceToken,
} from './service.ts';
import { escapeXml, SoapFault, textOf } from './soap.ts';

const sourceConfigurationToken = 'VideoSourceConfiguration_1';
const bitrateKbps = 512;

/** The first profile keeps the token by which clients have known its encoder. */
const encoderTokenOf = (call: ServiceCall, { token }: SimulatedProfile): string =>
  profilesOf(call.device)[0]?.token === token ? 'VideoEncoder_1' : `VideoEncoder_${token}`;

const resolution = ({ width, height }: { width: number; height: number }): string =>
  `<tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height>`;

const sourceConfiguration = (call: ServiceCall, element: string): string => {
  const { width, height } = call.device.clip().sequence;
  return (
    `<${element} token="${sourceConfigurationToken}"><tt:Name>${sourceConfigurationToken}</tt:Name><tt:UseCount>1</tt:UseCount>` +
    `<tt:SourceToken>${videoSourceToken}</tt:SourceToken><tt:Bounds x="0" y="0" width="${width}" height="${height}"/></${element}>`
  );
};

/** Media1 has no word for H.265: cameras with Media2 write H264 here, or leave the profile out. */
const encoderConfiguration = (call: ServiceCall, element: string, profile: SimulatedProfile): string => {
  const token = encoderTokenOf(call, profile);
  const { codec, fps } = profile;
  return (
    `<${element} token="${token}"><tt:Name>${token}</tt:Name><tt:UseCount>1</tt:UseCount>` +
    `<tt:Encoding>${codec === 'JPEG' ? 'JPEG' : 'H264'}</tt:Encoding><tt:Resolution>${resolution(profile)}</tt:Resolution><tt:Quality>4</tt:Quality>` +
    `<tt:RateControl><tt:FrameRateLimit>${fps}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>${bitrateKbps}</tt:BitrateLimit></tt:RateControl>` +
    `<tt:H264><tt:GovLength>${fps}</tt:GovLength><tt:H264Profile>Baseline</tt:H264Profile></tt:H264>` +
    `<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port><tt:TTL>0</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>` +
    `<tt:SessionTimeout>PT60S</tt:SessionTimeout></${element}>`
  );
};

const profileXml = (call: ServiceCall, element: string, profile: SimulatedProfile): string =>
  `<${element} token="${escapeXml(profile.token)}" fixed="true"><tt:Name>${escapeXml(profile.token)}</tt:Name>` +
  (call.device.quirks.bareProfile
    ? ''
    : sourceConfiguration(call, 'tt:VideoSourceConfiguration') +
      encoderConfiguration(call, 'tt:VideoEncoderConfiguration', profile)) +
  (call.device.ptz ? ptzConfiguration('tt:PTZConfiguration') : '') +
  `</${element}>`;

function needProfile(call: ServiceCall): SimulatedProfile {
  const token = textOf(call.parameters, 'ProfileToken');
  const profile = profilesOf(call.device).find((candidate) => candidate.token === token);
  if (!profile) throw noSuch('profile', 'ter:NoProfile');
  return profile;
}

const mediaUri = (response: string, uri: string): string =>
  `<trt:${response}><trt:MediaUri><tt:Uri>${escapeXml(uri)}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>` +
  `<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:${response}>`;

/** ONVIF media service (ver10/media/wsdl). */
export const mediaService: Service = {
  open: ['GetServiceCapabilities'],
  operations: {
    GetServiceCapabilities: () =>
      `<trt:GetServiceCapabilitiesResponse><trt:Capabilities SnapshotUri="true"><trt:ProfileCapabilities MaximumNumberOfProfiles="1"/>` +
      `<trt:StreamingCapabilities RTPMulticast="false" RTP_TCP="true" RTP_RTSP_TCP="true"/></trt:Capabilities></trt:GetServiceCapabilitiesResponse>`,
    GetProfiles: (call) =>
      `<trt:GetProfilesResponse>${profilesOf(call.device)
        .map((profile) => profileXml(call, 'trt:Profiles', profile))
        .join('')}</trt:GetProfilesResponse>`,
    GetProfile: (call) =>
      `<trt:GetProfileResponse>${profileXml(call, 'trt:Profile', needProfile(call))}</trt:GetProfileResponse>`,
    GetVideoSources: (call) =>
      `<trt:GetVideoSourcesResponse><trt:VideoSources token="${videoSourceToken}"><tt:Framerate>${call.device.clip().fps}</tt:Framerate>` +
      `<tt:Resolution>${resolution(call.device.clip().sequence)}</tt:Resolution></trt:VideoSources></trt:GetVideoSourcesResponse>`,
    GetVideoSourceConfigurations: (call) =>
      `<trt:GetVideoSourceConfigurationsResponse>${sourceConfiguration(call, 'trt:Configurations')}</trt:GetVideoSourceConfigurationsResponse>`,
    GetVideoEncoderConfigurations: (call) =>
      `<trt:GetVideoEncoderConfigurationsResponse>${profilesOf(call.device)
        .map((profile) => encoderConfiguration(call, 'trt:Configurations', profile))
        .join('')}</trt:GetVideoEncoderConfigurationsResponse>`,
    GetVideoEncoderConfiguration: (call) => {
      const token = textOf(call.parameters, 'ConfigurationToken');
      const profile = profilesOf(call.device).find((candidate) => encoderTokenOf(call, candidate) === token);
      if (!profile) throw noSuch('configuration', 'ter:NoConfig');
      return `<trt:GetVideoEncoderConfigurationResponse>${encoderConfiguration(call, 'trt:Configuration', profile)}</trt:GetVideoEncoderConfigurationResponse>`;
    },
    GetAudioSources: () => '<trt:GetAudioSourcesResponse/>',
    GetStreamUri: (call) => {
      const { token } = needProfile(call);
      const stream = textOf(call.parameters, 'StreamSetup', 'Stream');
      if (stream === 'RTP-Multicast') {
        throw new SoapFault('Only unicast', ['ter:InvalidArgVal', 'ter:InvalidStreamSetup']);
      }
      return mediaUri('GetStreamUriResponse', streamAddress(call, token));
    },
    GetSnapshotUri: (call) => {
      needProfile(call);
      return mediaUri('GetSnapshotUriResponse', serviceAddress(call, 'snapshot.jpg'));
    },
  },
};
