import {
  noSuch,
  profilesOf,
  type Service,
  type ServiceCall,
  type SimulatedProfile,
  serviceAddress,
  streamAddress,
} from './service.ts';
import { escapeXml, SoapFault, textOf } from './soap.ts';

const configurations = ({ token, codec, width, height, fps }: SimulatedProfile): string =>
  `<tr2:Configurations><tr2:VideoEncoder token="VideoEncoder_${escapeXml(token)}" GovLength="${fps}" Profile="Main">` +
  `<tt:Name>VideoEncoder_${escapeXml(token)}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${codec}</tt:Encoding>` +
  `<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>` +
  `<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>${fps}</tt:FrameRateLimit><tt:BitrateLimit>512</tt:BitrateLimit></tt:RateControl>` +
  `<tt:Quality>4</tt:Quality></tr2:VideoEncoder></tr2:Configurations>`;

function needProfile(call: ServiceCall): SimulatedProfile {
  if (!call.device.quirks.media2) throw new SoapFault('There is no Media2 service', ['ter:ActionNotSupported']);
  const token = textOf(call.parameters, 'ProfileToken');
  const profile = profilesOf(call.device).find((candidate) => candidate.token === token);
  if (!profile) throw noSuch('profile', 'ter:NoProfile');
  return profile;
}

/** ONVIF media 2 service (ver20/media/wsdl): profiles of any codec. */
export const media2Service: Service = {
  open: ['GetServiceCapabilities'],
  operations: {
    GetServiceCapabilities: () =>
      '<tr2:GetServiceCapabilitiesResponse><tr2:Capabilities SnapshotUri="true"/></tr2:GetServiceCapabilitiesResponse>',
    GetProfiles: ({ device }) => {
      if (!device.quirks.media2) throw new SoapFault('There is no Media2 service', ['ter:ActionNotSupported']);
      const profiles = profilesOf(device).map(
        (profile) =>
          `<tr2:Profiles token="${escapeXml(profile.token)}" fixed="true"><tr2:Name>${escapeXml(profile.token)}</tr2:Name>${configurations(profile)}</tr2:Profiles>`,
      );
      return `<tr2:GetProfilesResponse>${profiles.join('')}</tr2:GetProfilesResponse>`;
    },
    GetStreamUri: (call) => {
      const { token } = needProfile(call);
      return `<tr2:GetStreamUriResponse><tr2:Uri>${escapeXml(streamAddress(call, token))}</tr2:Uri></tr2:GetStreamUriResponse>`;
    },
    GetSnapshotUri: (call) => {
      needProfile(call);
      return `<tr2:GetSnapshotUriResponse><tr2:Uri>${escapeXml(serviceAddress(call, 'snapshot.jpg'))}</tr2:Uri></tr2:GetSnapshotUriResponse>`;
    },
  },
};
