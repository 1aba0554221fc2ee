"""Invented award files that look like the published one, dirt and all; the same seed gives the same bytes anywhere."""

from sbir_etl.awards.sample.vintage import Mutations
from sbir_etl.awards.sample.writing import SampleSummary, write_sample

__all__ = ["Mutations", "SampleSummary", "write_sample"]
