"""Light and weather of a scene, as the numbers that every drawing step reads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Light = Literal["day", "dusk", "night"]
Weather = Literal["clear", "overcast", "rain", "fog"]
Colour = tuple[float, float, float]
"""Blue, green, red, 0..255."""

_LIGHTS: tuple[Light, ...] = ("day", "dusk", "night")
_WEATHERS: tuple[Weather, ...] = ("clear", "overcast", "rain", "fog")


@dataclass(frozen=True, slots=True)
class Conditions:
    """Light, weather and lens of one scene."""

    light: Light
    weather: Weather
    sun: tuple[float, float, float]
    """Unit vector towards the sun, world axes."""
    sun_bgr: Colour
    """Strength of direct light by channel; 1 lights a facing white surface to white."""
    sky_bgr: Colour
    """Strength of ambient light by channel."""
    ambient_bgr: Colour
    """Factor on the finished scene: 1 by day, near 0 at night, where lamps add to it."""
    haze_per_m: float
    """Extinction of the air."""
    haze_colour: Colour
    zenith_colour: Colour
    horizon_colour: Colour
    blur_px: float
    """Defocus, standard deviation at a picture 640 pixels wide."""
    motion_px: float
    """Length of the motion blur at a picture 640 pixels wide."""
    noise: float
    """Standard deviation of sensor noise, grey levels."""
    exposure: float
    contrast: float
    warmth: float
    """Colour cast; positive is warm."""
    jpeg_quality: int

    @property
    def lamps_lit(self) -> bool:
        """Vehicles drive with visible lights."""
        return self.light != "day" or self.weather in ("rain", "fog")

    @property
    def wet(self) -> bool:
        """The road mirrors."""
        return self.weather == "rain"

    def clearness(self, depth_m: npt.NDArray[np.float32] | float) -> npt.NDArray[np.float32]:
        """Part of an object's own colour that comes through the air, in [0, 1]."""
        return np.asarray(np.exp(-self.haze_per_m * np.asarray(depth_m, np.float32)), np.float32)


def draw_conditions(rng: np.random.Generator) -> Conditions:
    """Light, weather and lens by chance; day and clear air lead."""
    light = _LIGHTS[int(rng.choice(3, p=[0.6, 0.17, 0.23]))]
    weather = _WEATHERS[int(rng.choice(4, p=[0.44, 0.24, 0.18, 0.14]))]
    azimuth, height = rng.uniform(0, 2 * math.pi), rng.uniform(0.35, 1.1)
    if light == "dusk":
        height = rng.uniform(0.12, 0.3)
    sun = (
        math.cos(height) * math.sin(azimuth),
        math.sin(height),
        math.cos(height) * math.cos(azimuth),
    )
    sun_bgr, sky_bgr, zenith, horizon = _sky(light, weather, rng)
    ambient = {"day": (1.0, 1.0, 1.0), "dusk": (0.66, 0.56, 0.58), "night": (0.47, 0.37, 0.34)}[
        light
    ]
    dim = rng.uniform(0.85, 1.15)
    ambient_bgr = (ambient[0] * dim, ambient[1] * dim, ambient[2] * dim)
    haze = {"clear": 0.0012, "overcast": 0.0022, "rain": 0.006, "fog": 0.019}[weather]
    soft = rng.random()
    return Conditions(
        light=light,
        weather=weather,
        sun=sun,
        sun_bgr=sun_bgr,
        sky_bgr=sky_bgr,
        ambient_bgr=ambient_bgr if light != "day" else (1.0, 1.0, 1.0),
        haze_per_m=haze * rng.uniform(0.7, 1.3),
        haze_colour=horizon,
        zenith_colour=zenith,
        horizon_colour=horizon,
        blur_px=float(rng.uniform(0.5, 1.3)) if soft > 0.75 else 0.0,
        motion_px=float(rng.uniform(2.0, 6.0)) if soft < 0.12 else 0.0,
        noise=float(rng.uniform(0.7, 2.4) + (2.2 if light == "night" else 0.0) * rng.random()),
        exposure=float(np.clip(rng.normal(1.0, 0.09), 0.78, 1.28)),
        contrast=float(rng.uniform(0.92, 1.12) - (0.12 if weather in ("rain", "fog") else 0.0)),
        warmth=float(rng.normal(0.0, 0.025)),
        jpeg_quality=int(rng.integers(62, 96)),
    )


def _sky(
    light: Light, weather: Weather, rng: np.random.Generator
) -> tuple[Colour, Colour, Colour, Colour]:
    """Direct light, ambient light, zenith colour, horizon colour."""
    if light == "night":
        glow = rng.uniform(0.6, 1.2)
        return (0.12, 0.12, 0.12), (0.8, 0.8, 0.8), (58, 40, 34), (92 * glow, 80 * glow, 82 * glow)
    grey = weather != "clear"
    if light == "dusk":
        if grey:
            return (0.2, 0.22, 0.26), (0.78, 0.72, 0.7), (150, 128, 122), (176, 170, 178)
        return (0.35, 0.52, 0.78), (0.62, 0.52, 0.5), (150, 104, 84), (128, 186, 250)
    if weather == "fog":
        tone = rng.uniform(196, 222)
        return (0.1, 0.1, 0.1), (0.82, 0.81, 0.8), (tone,) * 3, (tone, tone, tone - 2)
    if weather == "rain":
        tone = rng.uniform(150, 185)
        return (
            (0.1, 0.1, 0.1),
            (0.76, 0.74, 0.72),
            (tone - 22, tone - 28, tone - 32),
            (tone, tone - 3, tone - 5),
        )
    if weather == "overcast":
        tone = rng.uniform(190, 222)
        return (
            (0.2, 0.2, 0.2),
            (0.78, 0.77, 0.76),
            (tone - 34, tone - 42, tone - 46),
            (tone, tone - 2, tone - 5),
        )
    deep = rng.uniform(0.85, 1.1)
    return (
        (0.5, 0.56, 0.6),
        (0.58, 0.55, 0.53),
        (212 * deep, 156 * deep, 106 * deep),
        (236, 220, 202),
    )
