"""What is written about the Lambda functions follows from what was measured: their memory, and what a week costs."""

import re
import runpy
from pathlib import Path

import pytest

from sbir_etl.lambdas import FUNCTIONS, Function

ROOT = Path(__file__).parents[2]
MEASURED = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
ROW = r"^\| (sbir-etl-[\w-]+) \| ([\d,]+) \| [\d.]+ \| [\d.]+ \| ([\d.]+) \| [\d.]+ \| ([\d,]+) \|$"
PEAKS = {name: (memory, float(cpu), int(peak)) for name, memory, cpu, peak in re.findall(ROW, MEASURED, re.MULTILINE)}
ONE_PROCESSOR_MB = 1769
LEAST_OF_ANY_ACCOUNT_MB = 3008


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_a_functions_memory_follows_from_what_was_measured(function: Function) -> None:
    """Twice the peak at full size, and a whole processor for whatever works for more than two seconds."""
    memory, cpu_seconds, peak_mb = PEAKS[function.name]
    assert memory == f"{function.memory_mb:,}"
    assert 2 * peak_mb <= function.memory_mb <= LEAST_OF_ANY_ACCOUNT_MB
    assert cpu_seconds <= 2 or function.memory_mb >= ONE_PROCESSOR_MB


def test_the_costs_in_the_guide_are_those_of_the_measured_seconds() -> None:
    tables = runpy.run_path(str(ROOT / "benchmarks" / "cost.py"))["tables"](MEASURED)
    assert tables in (ROOT / "docs/aws.md").read_text(encoding="utf-8")
