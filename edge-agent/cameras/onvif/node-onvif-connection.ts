import onvif, { type ServiceAnswer } from 'node-onvif';
import nodeOnvifSoap from 'node-onvif/lib/modules/soap.js';
import { IntakeError } from '../../video/intake-error.ts';
import { readInformation, readPresets, readPtzStatus, readUri, responseOf } from './answers.ts';
import { readProfiles } from './media-profile.ts';
import { type OnvifConnection, type OpenConnection, within } from './onvif-connection.ts';
import { toOnvifError } from './onvif-error.ts';
import { escapeXml, textOf, type XmlNode } from './xml.ts';

// Its own limit of three seconds is for all cameras at once, and shorter than slow ones take; each call has its own here.
nodeOnvifSoap.HTTP_TIMEOUT = 20_000;

/** What node-onvif takes as a password: it refuses the rest before it asks anybody. */
export const isNodeOnvifText = (text: string): boolean => /^[\x20-\x3b\x3d\x3f-\x7e]*$/.test(text);

/** node-onvif 0.1.7: http with WS-UsernameToken, Media1. */
export const openNodeOnvif: OpenConnection = async ({ address, credentials, timeoutMs }) => {
  const password = credentials?.password;
  async function ask(operation: string, request: () => Promise<ServiceAnswer>): Promise<XmlNode> {
    try {
      const { soap } = await within(timeoutMs, request());
      return responseOf(soap, operation);
    } catch (error) {
      throw toOnvifError(error, password);
    }
  }

  // Always xaddr: with `address` node-onvif rewrites the camera's addresses and gets them wrong.
  const device = new onvif.OnvifDevice({
    xaddr: address,
    user: escapeXml(credentials?.username ?? ''),
    pass: password ?? '',
  });
  // Not init(): that asks for three addresses of every profile, and trips over profiles without a rate.
  try {
    await within(timeoutMs, device._getSystemDateAndTime());
    await within(timeoutMs, device._getCapabilities());
  } catch (error) {
    throw toOnvifError(error, password);
  }
  const information = readInformation(
    await ask('GetDeviceInformation', () => device.services.device.getDeviceInformation()),
  );
  const { media, ptz } = device.services;
  if (!media) throw new IntakeError('refused', 'camera has no media service');
  const profiles = readProfiles(await ask('GetProfiles', () => media.getProfiles()));
  if (profiles.length === 0) throw new IntakeError('refused', 'camera has no media profile');
  const motors = () => {
    if (!ptz) throw new IntakeError('refused', 'camera has no PTZ service');
    return ptz;
  };

  const connection: OnvifConnection = {
    library: 'node-onvif',
    information,
    profiles,
    hasPtz: ptz !== null,
    streamUri: async (profile) =>
      readUri(await ask('GetStreamUri', () => media.getStreamUri({ ProfileToken: profile, Protocol: 'RTSP' }))),
    async snapshotUri(profile) {
      try {
        return readUri(await ask('GetSnapshotUri', () => media.getSnapshotUri({ ProfileToken: profile }))) || null;
      } catch (error) {
        // The operation is optional.
        if (error instanceof IntakeError && error.kind === 'refused') return null;
        throw error;
      }
    },
    async move(profile, { pan, tilt, zoom }, timeoutS) {
      const request = { ProfileToken: profile, Velocity: { x: pan, y: tilt, z: zoom }, Timeout: timeoutS };
      await ask('ContinuousMove', () => motors().continuousMove(request));
    },
    async stop(profile) {
      await ask('Stop', () => motors().stop({ ProfileToken: profile, PanTilt: true, Zoom: true }));
    },
    presets: async (profile) =>
      readPresets(await ask('GetPresets', () => motors().getPresets({ ProfileToken: profile }))),
    async gotoPreset(profile, preset) {
      await ask('GotoPreset', () => motors().gotoPreset({ ProfileToken: profile, PresetToken: preset }));
    },
    async setPreset(profile, name) {
      const request = { ProfileToken: profile, PresetName: name };
      return textOf(await ask('SetPreset', () => motors().setPreset(request)), 'PresetToken');
    },
    ptzStatus: async (profile) =>
      readPtzStatus(await ask('GetStatus', () => motors().getStatus({ ProfileToken: profile }))),
  };
  return connection;
};
