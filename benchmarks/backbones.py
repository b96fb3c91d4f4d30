"""What a library backbone costs through clspec, against building it by hand: ratios, medians of nine interleaved runs.

Every row is a fresh process. The one beside which they stand imports torch and the one module of pytorchcv that holds
the network, and builds it: the least that anybody has to wait for. `pytorchcv.model_provider`, which its documentation
imports, would take seconds longer.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.check import fresh

SPEC = """\
clspec 1

model Net {
    input image(3, 32, 32)
    backbone trunk = pytorchcv("resnet20_cifar10")
    head classifier = incremental(initial=2)
}
"""
BY_HAND = "import torch\nfrom pytorchcv.models.resnet_cifar import resnet20_cifar10\nresnet20_cifar10()"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        spec, module = Path(folder) / "net.clspec", Path(folder) / "net.py"
        spec.write_text(SPEC, "utf-8")
        row = fresh(
            {
                "by hand": ["-c", BY_HAND],
                "clspec compile SPEC -o net.py": ["-m", "clspec", "compile", str(spec), "-o", str(module)],
                "import net; net.Net()": ["-c", f"import sys; sys.path.insert(0, {folder!r})\nimport net\nnet.Net()"],
                "import clspec; clspec.compile(SPEC)": ["-c", f"import clspec; clspec.compile({str(spec)!r})"],
            }
        )
    print("| fresh process | ms | ratio | bound |\n| --- | ---: | ---: | ---: |")
    for name, seconds in row.items():
        bound = "" if name == "by hand" else "1.30"
        print(f"| `{name}` | {seconds * 1000:.0f} | {seconds / row['by hand']:.2f} | {bound} |")


if __name__ == "__main__":
    main()
