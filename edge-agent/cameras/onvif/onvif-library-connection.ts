import { Cam, type CamCallback } from 'onvif';
import { IntakeError } from '../../video/intake-error.ts';
import { readInformation, readPresets, readPtzStatus, readUri, responseOf } from './answers.ts';
import { headerText } from './http-exchange.ts';
import { readProfiles } from './media-profile.ts';
import { type OnvifConnection, type OpenConnection, type OpenOptions, within } from './onvif-connection.ts';
import { toOnvifError } from './onvif-error.ts';
import { usernameToken } from './username-token.ts';
import { escapeXml, textOf, type XmlNode } from './xml.ts';

const envelope =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>';
const body =
  '</s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">';

/** `onvif` hashes passwords as ASCII and writes user names into its XML as they are: the header is made here. */
class KuzetCam extends Cam {
  readonly #open: OpenOptions;

  constructor(open: OpenOptions) {
    const { hostname, port, pathname, search, protocol } = new URL(open.address);
    const secure = protocol === 'https:';
    super({
      // A URL writes IPv6 in brackets, a socket does not.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      path: pathname + search,
      username: open.credentials?.username,
      password: open.credentials?.password,
      useSecure: secure,
      secureOpts: { rejectUnauthorized: false },
      timeout: open.timeoutMs,
      autoconnect: false,
      preserveAddress: true,
    });
    this.#open = open;
  }

  override _envelopeHeader(open?: boolean): string {
    const { credentials, probe } = this.#open;
    const signed = credentials !== null && probe.signIn === 'token';
    const token = signed ? usernameToken(credentials, Date.now() + (probe.clockErrorMs ?? 0)) : '';
    return envelope + token + (open ? '' : body);
  }

  override digestAuth(challenges: string[], request: object): string {
    return headerText(super.digestAuth(challenges, request));
  }
}

/** onvif 0.8.3: HTTP Digest, https and Media2 as well. */
export const openOnvifLibrary: OpenConnection = async (options) => {
  const { timeoutMs, credentials } = options;
  const cam = new KuzetCam(options);
  // A listener for what the library says in passing; without one nothing would happen, with `error` everything.
  cam.on('error', () => undefined);

  async function ask(operation: string, request: (callback: CamCallback) => void): Promise<XmlNode> {
    try {
      const xml = await within(
        timeoutMs,
        new Promise<string>((resolve, reject) => {
          request((error, _result, answer) => {
            if (error) reject(error);
            else resolve(answer ?? '');
          });
        }),
      );
      return responseOf(xml, operation);
    } catch (error) {
      throw toOnvifError(error, credentials?.password);
    }
  }

  // Not connect(): it succeeds with a wrong password, and never calls back when no profile fits the first source.
  try {
    await ask('GetServices', (done) => cam.getServices(true, done));
  } catch (error) {
    if (!(error instanceof IntakeError) || error.kind !== 'refused') throw error;
    await ask('GetCapabilities', (done) => cam.getCapabilities(done));
  }
  // Asked for its refusal: it is the first question that needs a right password.
  const information = readInformation(await ask('GetDeviceInformation', (done) => cam.getDeviceInformation(done)));
  let profiles = await askProfiles();
  if (profiles.length === 0 && cam.media2Support && cam.uri?.media) {
    // Cameras that have Media2 in name only.
    cam.media2Support = false;
    profiles = await askProfiles();
  }
  if (profiles.length === 0) throw new IntakeError('refused', 'camera has no media profile');

  async function askProfiles() {
    try {
      return readProfiles(await ask('GetProfiles', (done) => cam.getProfiles(done)));
    } catch (error) {
      const inNameOnly = error instanceof IntakeError && error.kind === 'refused' && cam.media2Support;
      if (inNameOnly && cam.uri?.media) return [];
      throw error;
    }
  }
  const hasPtz = Boolean(cam.uri?.ptz);
  const motors = async (operation: string, request: (callback: CamCallback) => void) => {
    if (!hasPtz) throw new IntakeError('refused', 'camera has no PTZ service');
    return ask(operation, request);
  };

  const connection: OnvifConnection = {
    library: 'onvif',
    information,
    profiles,
    hasPtz,
    streamUri: async (profileToken) =>
      readUri(
        await ask('GetStreamUri', (done) =>
          cam.getStreamUri({ profileToken: escapeXml(profileToken), protocol: 'RTSP', stream: 'RTP-Unicast' }, done),
        ),
      ),
    async snapshotUri(profileToken) {
      try {
        return (
          readUri(
            await ask('GetSnapshotUri', (done) => cam.getSnapshotUri({ profileToken: escapeXml(profileToken) }, done)),
          ) || null
        );
      } catch (error) {
        if (error instanceof IntakeError && error.kind === 'refused') return null;
        throw error;
      }
    },
    async move(profileToken, { pan, tilt, zoom }, timeoutS) {
      const request = { profileToken: escapeXml(profileToken), x: pan, y: tilt, zoom, timeout: timeoutS * 1_000 };
      await motors('ContinuousMove', (done) => cam.continuousMove(request, done));
    },
    async stop(profileToken) {
      const request = { profileToken: escapeXml(profileToken), panTilt: true, zoom: true };
      await motors('Stop', (done) => cam.stop(request, done));
    },
    presets: async (profileToken) =>
      readPresets(
        await motors('GetPresets', (done) => cam.getPresets({ profileToken: escapeXml(profileToken) }, done)),
      ),
    async gotoPreset(profileToken, preset) {
      const request = { profileToken: escapeXml(profileToken), preset: escapeXml(preset) };
      await motors('GotoPreset', (done) => cam.gotoPreset(request, done));
    },
    async setPreset(profileToken, name) {
      const request = { profileToken: escapeXml(profileToken), presetName: escapeXml(name) };
      return textOf(await motors('SetPreset', (done) => cam.setPreset(request, done)), 'PresetToken');
    },
    ptzStatus: async (profileToken) =>
      readPtzStatus(
        await motors('GetStatus', (done) => cam.getStatus({ profileToken: escapeXml(profileToken) }, done)),
      ),
  };
  return connection;
};
