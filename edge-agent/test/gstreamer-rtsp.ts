import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./rtsp-gstreamer-server.py', import.meta.url));
const probe = `
import gi
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gst, GstRtspServer
Gst.init(None)
missing = [name for name in ('x264enc', 'rtph264pay', 'vp8enc') if not Gst.ElementFactory.find(name)]
print(all(Gst.ElementFactory.find(name) for name in ('x265enc', 'h265parse', 'rtph265pay')))
raise SystemExit('missing GStreamer elements: ' + ', '.join(missing) if missing else 0)
`;

export interface GstreamerRtsp {
  ports: { open: number; basic: number; digest: number };
  stop(): Promise<void>;
}

/** The Python that has GStreamer's RTSP server, and whether it can encode H.265; or why there is none. */
export function findGstreamer(): { python: string; h265: boolean } | { missing: string } {
  let missing = 'no python3';
  for (const python of ['/usr/bin/python3', 'python3']) {
    const { status, stdout, stderr, error } = spawnSync(python, ['-c', probe], { encoding: 'utf8' });
    if (status === 0) return { python, h265: stdout.includes('True') };
    missing = `${python}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
  }
  return { missing };
}

export async function startGstreamerRtsp(python: string): Promise<GstreamerRtsp> {
  const child: ChildProcess = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return {
    ports: JSON.parse(line),
    async stop() {
      const gone = once(child, 'exit');
      child.stdin!.end();
      child.kill('SIGKILL');
      await gone;
    },
  };
}
