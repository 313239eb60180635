"""The sample district: towns, people and three months of history, the same every time."""

from timebank.sample.loading import RealCommunity, UnfinishedSample, load, refuse_unfinished
from timebank.sample.signing_in import how_to_sign_in

__all__ = ["RealCommunity", "UnfinishedSample", "how_to_sign_in", "load", "refuse_unfinished"]
