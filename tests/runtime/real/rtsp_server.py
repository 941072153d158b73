"""A real RTSP server of one H.264 stream, for the tests; run by the Python that has PyGObject.

The picture is red on the left and blue on the right, above a strip of noise, since a camera never
gives the same picture twice.

    python3 rtsp_server.py PORT [USER PASSWORD]    # serves rtsp://127.0.0.1:PORT/live until killed
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  their versions come first

NEEDED = ("compositor", "videotestsrc", "videoconvert", "x264enc", "rtph264pay")
"""Of gstreamer1.0-plugins-base, -good and -ugly."""
RATE = "framerate=15/1"
LAUNCH = (
    f"( compositor name=mix sink_1::xpos=160 sink_2::ypos=120"
    f" ! video/x-raw,width=320,height=180,{RATE} ! videoconvert ! video/x-raw,format=I420"
    f" ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=1000"
    f" ! rtph264pay name=pay0 pt=96 config-interval=1"
    f" videotestsrc is-live=true pattern=solid-color foreground-color=0xffff0000"
    f" ! video/x-raw,width=160,height=120,{RATE} ! mix."
    f" videotestsrc is-live=true pattern=solid-color foreground-color=0xff0000ff"
    f" ! video/x-raw,width=160,height=120,{RATE} ! mix."
    f" videotestsrc is-live=true pattern=snow ! video/x-raw,width=320,height=60,{RATE} ! mix. )"
)
ROLE = "viewer"


def protect(
    server: GstRtspServer.RTSPServer,
    factory: GstRtspServer.RTSPMediaFactory,
    user: str,
    password: str,
) -> None:
    """Let nobody see the stream without the password."""
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    permissions = GstRtspServer.RTSPPermissions()
    for what in (
        GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS,
        GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
    ):
        permissions.add_permission_for_role(ROLE, what, True)
    factory.set_permissions(permissions)
    server.set_auth(auth)


def main(arguments: list[str]) -> int:
    """Serve until killed; with no arguments only say whether it could."""
    Gst.init(None)
    missing = [name for name in NEEDED if Gst.ElementFactory.find(name) is None]
    if missing or not arguments:
        return 1 if missing else 0
    port, *credentials = arguments
    server, factory = GstRtspServer.RTSPServer(), GstRtspServer.RTSPMediaFactory()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory.set_launch(LAUNCH)
    factory.set_shared(True)
    if credentials:
        protect(server, factory, *credentials)
    server.get_mount_points().add_factory("/live", factory)
    if not server.attach(None):
        return 1
    GLib.MainLoop().run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
