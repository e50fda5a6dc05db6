import { IntakeError } from '../../video/intake-error.ts';
import { faultOf } from './onvif-error.ts';
import { child, children, numberOf, soapBody, textOf, type XmlNode } from './xml.ts';

export interface CameraInformation {
  manufacturer: string;
  model: string;
  firmware: string;
  serial: string;
}

export interface PtzPreset {
  token: string;
  name: string;
}

/** Generic position space: pan and tilt -1..1, zoom 0..1; null where the camera does not tell. */
export interface PtzStatus {
  pan: number | null;
  tilt: number | null;
  zoom: number | null;
  moving: boolean | null;
}

/**
 * The response element of a SOAP envelope. Both libraries hand on the envelope, and it is read here, once for both: one
 * of them makes numbers of tokens such as "007", and each has its own shape for a list of one.
 * @throws IntakeError
 */
export function responseOf(xml: string, operation: string): XmlNode {
  const body = soapBody(xml);
  const fault = faultOf(body);
  if (fault) throw fault;
  const response = child(body, `${operation}Response`);
  if (response === undefined) throw new IntakeError('protocol', `camera answered ${operation} with something else`);
  return response;
}

export const readInformation = (response: XmlNode): CameraInformation => ({
  manufacturer: textOf(response, 'Manufacturer'),
  model: textOf(response, 'Model'),
  firmware: textOf(response, 'FirmwareVersion'),
  serial: textOf(response, 'SerialNumber'),
});

export const readPresets = (response: XmlNode): PtzPreset[] =>
  children(response, 'Preset').flatMap((preset) => {
    const token = textOf(preset, '@token');
    return token === '' ? [] : [{ token, name: textOf(preset, 'Name') || token }];
  });

export function readPtzStatus(response: XmlNode): PtzStatus {
  const status = child(response, 'PTZStatus');
  const words = [textOf(status, 'MoveStatus', 'PanTilt'), textOf(status, 'MoveStatus', 'Zoom')].filter(Boolean);
  return {
    pan: numberOf(status, 'Position', 'PanTilt', '@x'),
    tilt: numberOf(status, 'Position', 'PanTilt', '@y'),
    zoom: numberOf(status, 'Position', 'Zoom', '@x'),
    moving: words.length === 0 ? null : words.includes('MOVING'),
  };
}

/** Media1 wraps the address in MediaUri, Media2 does not. */
export const readUri = (response: XmlNode): string => textOf(response, 'MediaUri', 'Uri') || textOf(response, 'Uri');

/** Epoch ms of a GetSystemDateAndTimeResponse; null where the camera does not know. */
export function readDateAndTime(response: XmlNode): number | null {
  const at = child(response, 'SystemDateAndTime', 'UTCDateTime');
  const part = (...path: string[]) => numberOf(at, ...path) ?? Number.NaN;
  const ms = Date.UTC(
    part('Date', 'Year'),
    part('Date', 'Month') - 1,
    part('Date', 'Day'),
    part('Time', 'Hour'),
    part('Time', 'Minute'),
    part('Time', 'Second'),
  );
  return Number.isFinite(ms) ? ms : null;
}
