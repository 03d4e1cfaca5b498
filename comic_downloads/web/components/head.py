"""What the head of every page says to browsers, launchers and messengers."""

from __future__ import annotations

import reflex as rx

from ..assets import SCRIPTS

# For pages whose address is a credential.
PRIVATE_ADDRESS = [
    {"name": "robots", "content": "noindex, nofollow"},
    {"name": "referrer", "content": "no-referrer"},
]
_NAME = "Comic Downloads"
# What messengers show for a link. It has no host: pages are built before BASE_URL is known, and the
# same on all machines.
PREVIEW_PICTURE = "/icons/preview.png"
_DESCRIPTION = "Pick comics, a format and a quality, and get one file over any connection."
# The colours behind everything, ``--paper`` in assets/styles/base.css.
_PAPER = {"light": "#f9f9f8", "dark": "#111110"}


def head_components() -> list[rx.Component]:
    """Return the tags of all pages: scripts, icons, the manifest, colours, and link previews.

    The tags of a single page are missing where its address has a variable part, as that of a share:
    there they come with its scripts, which messengers do not run.
    """
    return [
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.link(rel="apple-touch-icon", href="/icons/apple-touch-icon.png"),
        *(_theme_colour(scheme, colour) for scheme, colour in _PAPER.items()),
        *_preview_tags(),
        # rx.script would load them too late: pages call these scripts as soon as they are shown.
        *(rx.el.script(src=f"/{name}") for name in SCRIPTS),
    ]


def _theme_colour(scheme: str, colour: str) -> rx.Component:
    # Reflex takes "media" as an argument for a style.
    media = {"media": f"(prefers-color-scheme: {scheme})"}
    return rx.el.meta(name="theme-color", content=colour, custom_attrs=media)


def _preview_tags() -> list[rx.Component]:
    """Return what messengers show for a link (ogp.me)."""
    properties = {
        "og:type": "website",
        "og:site_name": _NAME,
        "og:title": _NAME,
        "og:description": _DESCRIPTION,
        "og:image": PREVIEW_PICTURE,
        "og:image:width": "1200",
        "og:image:height": "630",
    }
    names = {"description": _DESCRIPTION, "twitter:card": "summary_large_image"}
    return [
        *(rx.el.meta(name=name, content=content) for name, content in names.items()),
        *(
            rx.el.meta(content=content, custom_attrs={"property": name})
            for name, content in properties.items()
        ),
    ]
