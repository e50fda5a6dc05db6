import type { PtzHead, PtzPosition } from './ptz-head.ts';
import { noSuch, profilesOf, type Service, type ServiceCall } from './service.ts';
import { child, durationMs, escapeXml, numberOf, SoapFault, textOf, type XmlNode } from './soap.ts';

const nodeToken = 'PTZNode_1';
const configurationToken = 'PTZConfiguration_1';
const space = 'http://www.onvif.org/ver10/tptz';
/** ONVIF lets the device choose when ContinuousMove names no Timeout. */
const defaultTimeoutMs = 10_000;

const range = (element: string, min: number, max: number) =>
  `<tt:${element}><tt:Min>${min}</tt:Min><tt:Max>${max}</tt:Max></tt:${element}>`;
const panTiltSpace = (element: string, uri: string) =>
  `<tt:${element}><tt:URI>${space}/PanTiltSpaces/${uri}</tt:URI>${range('XRange', -1, 1)}${range('YRange', -1, 1)}</tt:${element}>`;
const zoomSpace = (element: string, uri: string, min: number) =>
  `<tt:${element}><tt:URI>${space}/ZoomSpaces/${uri}</tt:URI>${range('XRange', min, 1)}</tt:${element}>`;

const spaces =
  panTiltSpace('AbsolutePanTiltPositionSpace', 'PositionGenericSpace') +
  zoomSpace('AbsoluteZoomPositionSpace', 'PositionGenericSpace', 0) +
  panTiltSpace('RelativePanTiltTranslationSpace', 'TranslationGenericSpace') +
  zoomSpace('RelativeZoomTranslationSpace', 'TranslationGenericSpace', -1) +
  panTiltSpace('ContinuousPanTiltVelocitySpace', 'VelocityGenericSpace') +
  zoomSpace('ContinuousZoomVelocitySpace', 'VelocityGenericSpace', -1);

export const ptzConfiguration = (element: string): string =>
  `<${element} token="${configurationToken}"><tt:Name>${configurationToken}</tt:Name><tt:UseCount>1</tt:UseCount><tt:NodeToken>${nodeToken}</tt:NodeToken>` +
  `<tt:DefaultContinuousPanTiltVelocitySpace>${space}/PanTiltSpaces/VelocityGenericSpace</tt:DefaultContinuousPanTiltVelocitySpace>` +
  `<tt:DefaultContinuousZoomVelocitySpace>${space}/ZoomSpaces/VelocityGenericSpace</tt:DefaultContinuousZoomVelocitySpace>` +
  `<tt:DefaultPTZTimeout>PT${defaultTimeoutMs / 1000}S</tt:DefaultPTZTimeout>` +
  `<tt:PanTiltLimits><tt:Range><tt:URI>${space}/PanTiltSpaces/PositionGenericSpace</tt:URI>${range('XRange', -1, 1)}${range('YRange', -1, 1)}</tt:Range></tt:PanTiltLimits>` +
  `<tt:ZoomLimits><tt:Range><tt:URI>${space}/ZoomSpaces/PositionGenericSpace</tt:URI>${range('XRange', 0, 1)}</tt:Range></tt:ZoomLimits></${element}>`;

const node = (element: string): string =>
  `<${element} token="${nodeToken}" FixedHomePosition="false"><tt:Name>${nodeToken}</tt:Name><tt:SupportedPTZSpaces>${spaces}</tt:SupportedPTZSpaces>` +
  `<tt:MaximumNumberOfPresets>${maxPresets}</tt:MaximumNumberOfPresets><tt:HomeSupported>false</tt:HomeSupported></${element}>`;

const maxPresets = 64;

function headOf({ device, parameters }: ServiceCall): PtzHead {
  if (!device.ptz) throw new SoapFault('This camera does not move', ['ter:ActionNotSupported', 'ter:PTZNotSupported']);
  const token = textOf(parameters, 'ProfileToken');
  if (!profilesOf(device).some((profile) => profile.token === token)) throw noSuch('profile', 'ter:NoProfile');
  return device.ptz;
}

/** A vector of PanTilt and Zoom elements; undefined where an axis is not named. */
function vector(node: XmlNode | undefined): Partial<PtzPosition> {
  return {
    pan: numberOf(node, 'PanTilt', '@x'),
    tilt: numberOf(node, 'PanTilt', '@y'),
    zoom: numberOf(node, 'Zoom', '@x'),
  };
}

const whole = ({ pan = 0, tilt = 0, zoom = 0 }: Partial<PtzPosition>): PtzPosition => ({ pan, tilt, zoom });

const positionXml = (element: string, { pan, tilt, zoom }: PtzPosition): string =>
  `<tt:${element}><tt:PanTilt x="${pan.toFixed(4)}" y="${tilt.toFixed(4)}" space="${space}/PanTiltSpaces/PositionGenericSpace"/>` +
  `<tt:Zoom x="${zoom.toFixed(4)}" space="${space}/ZoomSpaces/PositionGenericSpace"/></tt:${element}>`;

function freeToken(taken: ReadonlyMap<string, unknown>): string {
  let number = 1;
  while (taken.has(String(number))) number++;
  return String(number);
}

/** ONVIF PTZ service (ver20/ptz/wsdl) with generic spaces and presets. */
export const ptzService: Service = {
  open: ['GetServiceCapabilities'],
  operations: {
    GetServiceCapabilities: () =>
      `<tptz:GetServiceCapabilitiesResponse><tptz:Capabilities EFlip="false" Reverse="false" MoveStatus="true" StatusPosition="true"/></tptz:GetServiceCapabilitiesResponse>`,
    GetNodes: ({ device }) =>
      `<tptz:GetNodesResponse>${device.ptz ? node('tptz:PTZNode') : ''}</tptz:GetNodesResponse>`,
    GetNode: ({ parameters }) => {
      if (textOf(parameters, 'NodeToken') !== nodeToken) throw noSuch('node', 'ter:NoEntity');
      return `<tptz:GetNodeResponse>${node('tptz:PTZNode')}</tptz:GetNodeResponse>`;
    },
    GetConfigurations: ({ device }) =>
      `<tptz:GetConfigurationsResponse>${device.ptz ? ptzConfiguration('tptz:PTZConfiguration') : ''}</tptz:GetConfigurationsResponse>`,
    GetConfiguration: () =>
      `<tptz:GetConfigurationResponse>${ptzConfiguration('tptz:PTZConfiguration')}</tptz:GetConfigurationResponse>`,
    GetConfigurationOptions: () =>
      `<tptz:GetConfigurationOptionsResponse><tptz:PTZConfigurationOptions><tt:Spaces>${spaces}</tt:Spaces>` +
      `<tt:PTZTimeout><tt:Min>PT1S</tt:Min><tt:Max>PT60S</tt:Max></tt:PTZTimeout></tptz:PTZConfigurationOptions></tptz:GetConfigurationOptionsResponse>`,
    ContinuousMove: (call) => {
      const head = headOf(call);
      const timeoutMs = durationMs(textOf(call.parameters, 'Timeout')) ?? defaultTimeoutMs;
      head.move(whole(vector(child(call.parameters, 'Velocity'))), timeoutMs);
      return '<tptz:ContinuousMoveResponse/>';
    },
    Stop: (call) => {
      const asked = (name: string) => textOf(call.parameters, name) !== 'false';
      headOf(call).stop({ panTilt: asked('PanTilt'), zoom: asked('Zoom') });
      return '<tptz:StopResponse/>';
    },
    AbsoluteMove: (call) => {
      headOf(call).moveTo(vector(child(call.parameters, 'Position')));
      return '<tptz:AbsoluteMoveResponse/>';
    },
    RelativeMove: (call) => {
      headOf(call).moveBy(whole(vector(child(call.parameters, 'Translation'))));
      return '<tptz:RelativeMoveResponse/>';
    },
    GetStatus: (call) => {
      const { position, panTiltMoving, zoomMoving } = headOf(call).status();
      return (
        `<tptz:GetStatusResponse><tptz:PTZStatus>${positionXml('Position', position)}` +
        `<tt:MoveStatus><tt:PanTilt>${panTiltMoving ? 'MOVING' : 'IDLE'}</tt:PanTilt><tt:Zoom>${zoomMoving ? 'MOVING' : 'IDLE'}</tt:Zoom></tt:MoveStatus>` +
        `<tt:UtcTime>${new Date(call.nowMs).toISOString()}</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>`
      );
    },
    GetPresets: (call) => {
      headOf(call);
      const presets = [...call.device.presets].map(
        ([token, { name, position }]) =>
          `<tptz:Preset token="${escapeXml(token)}"><tt:Name>${escapeXml(name)}</tt:Name>${positionXml('PTZPosition', position)}</tptz:Preset>`,
      );
      return `<tptz:GetPresetsResponse>${presets.join('')}</tptz:GetPresetsResponse>`;
    },
    GotoPreset: (call) => {
      const head = headOf(call);
      const preset = call.device.presets.get(textOf(call.parameters, 'PresetToken'));
      if (!preset) throw noSuch('preset', 'ter:NoToken');
      head.moveTo(preset.position);
      return '<tptz:GotoPresetResponse/>';
    },
    SetPreset: (call) => {
      const head = headOf(call);
      const { presets } = call.device;
      const given = textOf(call.parameters, 'PresetToken');
      if (given !== '' && !presets.has(given)) throw noSuch('preset', 'ter:NoToken');
      const token = given || freeToken(presets);
      const name = textOf(call.parameters, 'PresetName') || presets.get(token)?.name || token;
      if ([...presets].some(([other, preset]) => other !== token && preset.name === name)) {
        throw new SoapFault('A preset of this name exists', ['ter:InvalidArgVal', 'ter:PresetExist']);
      }
      if (!presets.has(token) && presets.size >= maxPresets) {
        throw new SoapFault('No room for another preset', ['ter:Action', 'ter:TooManyPresets'], 500, 's:Receiver');
      }
      presets.set(token, { name, position: head.status().position });
      return `<tptz:SetPresetResponse><tptz:PresetToken>${escapeXml(token)}</tptz:PresetToken></tptz:SetPresetResponse>`;
    },
    RemovePreset: (call) => {
      headOf(call);
      if (!call.device.presets.delete(textOf(call.parameters, 'PresetToken'))) throw noSuch('preset', 'ter:NoToken');
      return '<tptz:RemovePresetResponse/>';
    },
  },
};
