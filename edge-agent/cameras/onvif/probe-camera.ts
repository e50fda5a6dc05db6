import type { Credentials } from '../../video/digest-auth.ts';
import { IntakeError } from '../../video/intake-error.ts';
import { readDateAndTime, responseOf } from './answers.ts';
import { httpExchange } from './http-exchange.ts';
import { createSoapClient, reachable, type SignIn, type SoapClient } from './soap-client.ts';
import { child, children, textOf } from './xml.ts';

/** What a camera tells to everybody, before any password is tried. */
export interface CameraProbe {
  signIn: SignIn;
  /** Whether it has Media2 (ver20/media), which alone can tell of H.265. */
  media2: boolean;
  /** As the camera named it; null when it has no events. */
  eventsAddress: string | null;
  /** The camera's clock minus ours, to about a second; null when it does not say. */
  clockErrorMs: number | null;
}

export interface ProbeOptions {
  address: string;
  credentials: Credentials | null;
  timeoutMs: number;
  now(): number;
}

const ver20Media = 'http://www.onvif.org/ver20/media/wsdl';
const events = 'http://www.onvif.org/ver10/events/wsdl';

/**
 * Three questions without a password: the time, the services, and who it is. How the last one is refused says which
 * sign-in the camera takes, and costs no attempt at the password: cameras lock accounts after a handful.
 * @throws IntakeError when the camera cannot be reached, or is none.
 */
export async function probeCamera({ address, credentials, timeoutMs, now }: ProbeOptions): Promise<CameraProbe> {
  const clockErrorMs = await clockError(openSoap(address), address, timeoutMs, now);
  const signIn = credentials === null ? 'none' : await wantedSignIn(address, timeoutMs);
  const services = await servicesOf(openSoap(address), address, timeoutMs, false);
  return {
    signIn,
    clockErrorMs,
    media2: services.has(ver20Media),
    eventsAddress: services.get(events) ?? null,
  };
}

const openSoap = (address: string): SoapClient =>
  createSoapClient({ deviceAddress: address, credentials: null, signIn: 'none', cameraNowMs: () => 0 });

async function clockError(
  soap: SoapClient,
  address: string,
  timeoutMs: number,
  now: () => number,
): Promise<number | null> {
  const beforeMs = now();
  try {
    const { xml } = await soap.call({ address, body: '<tds:GetSystemDateAndTime/>', timeoutMs, signIn: false });
    const cameraMs = readDateAndTime(responseOf(xml, 'GetSystemDateAndTime'));
    if (cameraMs === null) return null;
    // It tells whole seconds that have begun: on average it is half a second further.
    return cameraMs + 500 - (beforeMs + now()) / 2;
  } catch (error) {
    if (error instanceof IntakeError && (error.kind === 'credentials' || error.kind === 'refused')) return null;
    throw error;
  }
}

/** Asked of the last question only: an HTTP challenge there is what the camera wants; a SOAP fault means WS-Security. */
async function wantedSignIn(address: string, timeoutMs: number): Promise<SignIn> {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/>' +
    '<s:Body><GetDeviceInformation xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>';
  const answer = await httpExchange({
    method: 'POST',
    url: reachable(address, address),
    headers: {
      'content-type': 'application/soap+xml; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
    timeoutMs,
    maxBytes: 1_048_576,
    what: 'ONVIF answer',
  });
  if (answer.status === 404) throw new IntakeError('refused', 'there is no ONVIF service at its address');
  const challenged =
    answer.status === 401 && answer.challenges.some((challenge) => /\b(Digest|Basic)\b/i.test(challenge));
  return challenged ? 'digest' : 'token';
}

/**
 * The same question with our credentials, for cameras that tell nobody else. Only to be asked once they were taken.
 * @throws IntakeError when the camera cannot be reached.
 */
export const askEventsAddress = async (soap: SoapClient, address: string, timeoutMs: number): Promise<string | null> =>
  (await servicesOf(soap, address, timeoutMs, true)).get(events) ?? null;

/** Addresses of the camera's services by namespace: GetServices, and for cameras before 2.1 GetCapabilities. */
async function servicesOf(
  soap: SoapClient,
  address: string,
  timeoutMs: number,
  signIn: boolean,
): Promise<Map<string, string>> {
  const services = '<tds:GetServices><tds:IncludeCapability>false</tds:IncludeCapability></tds:GetServices>';
  const capabilities = '<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>';
  for (const [body, operation] of [
    [services, 'GetServices'],
    [capabilities, 'GetCapabilities'],
  ] as const) {
    try {
      const { xml } = await soap.call({ address, body, timeoutMs, signIn });
      const response = responseOf(xml, operation);
      if (operation === 'GetServices') {
        return new Map(
          children(response, 'Service').map((service) => [textOf(service, 'Namespace'), textOf(service, 'XAddr')]),
        );
      }
      const xaddr = textOf(child(response, 'Capabilities', 'Events'), 'XAddr');
      return new Map(xaddr ? [[events, xaddr]] : []);
    } catch (error) {
      if (!(error instanceof IntakeError)) throw error;
      if (error.kind === 'unreachable' || error.kind === 'timeout') throw error;
    }
  }
  return new Map();
}
