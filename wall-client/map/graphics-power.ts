export interface GraphicsPower {
  /** WebGL 2 answers at all. */
  webgl: boolean;
  /** A real graphics processor draws; false for SwiftShader and its kind, where upload and draw are the bottleneck. */
  hardware: boolean;
  /** What the driver calls itself. */
  renderer: string;
}

const softwareRenderer = /swiftshader|llvmpipe|softpipe|software|basic render/i;

export const isSoftwareRenderer = (renderer: string): boolean => softwareRenderer.test(renderer);

let measured: GraphicsPower | null = null;

/** Looks once at the unmasked renderer string and lets its context go at once. */
export function graphicsPower(): GraphicsPower {
  if (measured) return measured;
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) {
    measured = { webgl: false, hardware: false, renderer: 'none' };
    return measured;
  }
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  measured = { webgl: true, hardware: !isSoftwareRenderer(renderer), renderer };
  return measured;
}
