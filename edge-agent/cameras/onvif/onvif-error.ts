import { IntakeError } from '../../video/intake-error.ts';
import { child, textOf, type XmlNode } from './xml.ts';

/** A SOAP fault. `subcodes` without prefixes, from the outer to the inner, such as `NotAuthorized`. */
export class OnvifFault extends IntakeError {
  readonly subcodes: readonly string[];

  constructor(kind: IntakeError['kind'], detail: string, subcodes: readonly string[]) {
    super(kind, detail);
    this.subcodes = subcodes;
  }
}

const notAuthorized = /\b401\b|not\s?authori[sz]ed|unauthori[sz]ed|Failed to authenticate|authentication failed/i;

/** What a fault in the body means; null when there is none. */
export function faultOf(body: XmlNode | undefined): OnvifFault | null {
  const fault = child(body, 'Fault');
  if (fault === undefined) return null;
  const subcodes: string[] = [];
  for (let code = child(fault, 'Code', 'Subcode'); code !== undefined; code = child(code, 'Subcode')) {
    subcodes.push(textOf(code, 'Value').replace(/^.*:/, ''));
  }
  const reason = textOf(fault, 'Reason', 'Text') || textOf(fault, 'faultstring') || subcodes.at(-1) || 'a fault';
  const isSignIn = subcodes.some((code) => /^(NotAuthorized|FailedAuthentication)$/i.test(code));
  return isSignIn || notAuthorized.test(reason)
    ? new OnvifFault('credentials', 'camera refused the ONVIF sign-in', subcodes)
    : new OnvifFault('refused', `ONVIF said "${shown(reason)}"`, subcodes);
}

/** The libraries answer with bare texts; a camera's own words are kept short and printable, and free of the password. */
export function toOnvifError(error: unknown, password: string | undefined): IntakeError {
  if (error instanceof IntakeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (notAuthorized.test(text)) return new IntakeError('credentials', 'camera refused the ONVIF sign-in');
  const code = /\b(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ETIMEDOUT|EPIPE)\b/.exec(
    `${(error as NodeJS.ErrnoException | null)?.code ?? ''} ${text}`,
  )?.[1];
  if (code || /Network Error|socket hang up/i.test(text)) {
    return new IntakeError('unreachable', `its ONVIF service does not answer${code ? ` (${code})` : ''}`);
  }
  if (/Network timeout/i.test(text)) return new IntakeError('timeout', 'its ONVIF service does not answer in time');
  return new IntakeError('refused', `ONVIF said "${shown(text, password)}"`);
}

function shown(text: string, password?: string): string {
  const said = text.replace(/[^\x20-\x7e]/g, '?');
  return (password ? said.replaceAll(password, '•') : said).slice(0, 120);
}
