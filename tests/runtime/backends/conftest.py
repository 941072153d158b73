"""Models for the engines, and delegates to run them with."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

SIDE = 4
"""Of the pictures that the small models take: (1, SIDE, SIDE, 1)."""


@pytest.fixture(scope="session")
def convert(request: pytest.FixtureRequest) -> Callable[[str], bytes]:
    """Makes a variant, by its name, of a fitted truck CNN of 32 pixels; each once."""
    for package in ("tensorflow", "tf2onnx"):
        if find_spec(package) is None:
            pytest.skip("run: pip install 'trucksight[export]'")
    run_path: Path = request.getfixturevalue("run_path")
    from trucksight.export.convertible import Convertible
    from trucksight.export.recipes import RECIPES
    from trucksight.train.run_folder import load_run
    from trucksight.train.scores.scoring import load_pixels

    run = load_run(run_path)
    source = Convertible(run.model(), load_pixels(run.examples("train"), run.contract))
    made: dict[str, bytes] = {}

    def convert(variant: str) -> bytes:
        if variant not in made:
            made[variant] = RECIPES[variant].convert(source)
        return made[variant]

    return convert


@pytest.fixture(scope="session")
def chain() -> Callable[..., bytes]:
    """Makes a TFLite file: operators in a row that make one byte of SIDE x SIDE."""
    schema = pytest.importorskip(
        "ai_edge_litert.schema_py_generated", reason="run: pip install 'trucksight[litert]'"
    )
    flatbuffers = pytest.importorskip("flatbuffers")

    def tensor(shape: list[int]) -> object:
        one = schema.TensorT()
        one.shape, one.type, one.buffer = shape, schema.TensorType.UINT8, 0
        one.quantization = schema.QuantizationParametersT()
        one.quantization.scale, one.quantization.zeroPoint = [1 / 256], [0]
        return one

    def operator(code: int, place: int) -> object:
        one = schema.OperatorT()
        one.opcodeIndex, one.inputs, one.outputs = code, [place], [place + 1]
        return one

    def pool(place: int) -> object:
        one = operator(0, place)
        one.builtinOptionsType = schema.BuiltinOptions.Pool2DOptions  # type: ignore[attr-defined]
        options = one.builtinOptions = schema.Pool2DOptionsT()  # type: ignore[attr-defined]
        options.padding = schema.Padding.VALID
        options.strideW = options.strideH = options.filterWidth = options.filterHeight = 2
        return one

    def reshape(place: int) -> object:
        one = operator(1, place)
        one.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions  # type: ignore[attr-defined]
        options = one.builtinOptions = schema.ReshapeOptionsT()  # type: ignore[attr-defined]
        options.newShape = [1, 1]
        return one

    def code(builtin: int, custom: str | None = None) -> object:
        one = schema.OperatorCodeT()
        one.builtinCode, one.version, one.customCode = builtin, 1, custom
        one.deprecatedBuiltinCode = min(builtin, 127)
        return one

    def make(custom: str | None = None) -> bytes:
        """Two poolings and a reshape; or one operator of that name, unknown to LiteRT."""
        kinds = schema.BuiltinOperator
        graph = schema.SubGraphT()
        picture, halved, pixel = [1, SIDE, SIDE, 1], [1, SIDE // 2, SIDE // 2, 1], [1, 1, 1, 1]
        if custom:
            graph.tensors = [tensor(picture), tensor([1, 1])]
            graph.operators = [operator(0, 0)]
        else:
            graph.tensors = [tensor(shape) for shape in (picture, halved, pixel, [1, 1])]
            graph.operators = [pool(0), pool(1), reshape(2)]
        graph.inputs, graph.outputs = [0], [len(graph.tensors) - 1]
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, [graph], [schema.BufferT()]
        model.operatorCodes = (
            [code(kinds.CUSTOM, custom)]
            if custom
            else [code(kinds.MAX_POOL_2D), code(kinds.RESHAPE)]
        )
        builder = flatbuffers.Builder(0)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    return make


@pytest.fixture
def delegate(tmp_path: Path) -> Callable[..., Path]:
    """Compiles delegate.c with some of its definitions, and gives the library's path."""

    def build(*definitions: str, name: str = "libfirst_byte.so") -> Path:
        library, source = tmp_path / name, Path(__file__).with_name("delegate.c")
        flags = ["-shared", "-fPIC", *(f"-D{one}" for one in definitions)]
        try:
            subprocess.run(
                ["cc", *flags, "-o", str(library), str(source)], check=True, capture_output=True
            )
        except FileNotFoundError:
            pytest.skip("apt-get install gcc libc6-dev to try this")
        return library

    return build
