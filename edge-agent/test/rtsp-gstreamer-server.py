"""RTSP servers that are not ours, for rtsp-gstreamer.test.ts: one open, one with Basic, one with Digest sign-in.

Prints one line of JSON with their ports, then serves until standard input closes.
Mounts of each: /h264 (640x360, 25 pictures a second, a key frame each second), /bframes (with B-pictures), /vp8,
and where the machine has x265enc /h265 and /h265-bframes.
"""
import json
import sys
import threading

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

SOURCE = 'videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1 ! '
H264 = 'x264enc speed-preset=ultrafast key-int-max=25 bitrate=600 {} ! rtph264pay name=pay0 pt=96 config-interval=-1'
H265 = ('x265enc speed-preset=ultrafast key-int-max=25 bitrate=600 '
        'option-string=keyint=25:min-keyint=25:scenecut=0:rc-lookahead=3:frame-threads=1:{} '
        '! h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1')
MOUNTS = {
    '/h264': H264.format('tune=zerolatency'),
    '/bframes': 'x264enc speed-preset=veryfast key-int-max=25 bitrate=600 bframes=2 b-adapt=false rc-lookahead=3 sync-lookahead=0 '
    '! video/x-h264,profile=main ! rtph264pay name=pay0 pt=96 config-interval=-1',
    '/h265': H265.format('bframes=0'),
    '/h265-bframes': H265.format('bframes=2:b-adapt=0'),
    '/vp8': 'vp8enc deadline=1 ! rtpvp8pay name=pay0 pt=96',
}


def serve(method=None):
    server = GstRtspServer.RTSPServer()
    server.set_address('127.0.0.1')
    server.set_service('0')
    if method is not None:
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(method)
        token = GstRtspServer.RTSPToken.new()
        token.set_string('media.factory.role', 'user')
        if method == GstRtsp.RTSPAuthMethod.DIGEST:
            auth.add_digest('kuzet', 'пароль 1', token)
        else:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic('kuzet', 'пароль 1'), token)
        server.set_auth(auth)
    for path, launch in MOUNTS.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch('( ' + SOURCE + launch + ' )')
        factory.set_shared(True)
        if method is not None:
            role = Gst.Structure.new_empty('user')
            role.set_value('media.factory.access', True)
            role.set_value('media.factory.construct', True)
            factory.add_role_from_structure(role)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    return server


Gst.init(None)
servers = {
    'open': serve(),
    'basic': serve(GstRtsp.RTSPAuthMethod.BASIC),
    'digest': serve(GstRtsp.RTSPAuthMethod.DIGEST),
}
loop = GLib.MainLoop()
threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
print(json.dumps({name: server.get_bound_port() for name, server in servers.items()}), flush=True)
loop.run()
