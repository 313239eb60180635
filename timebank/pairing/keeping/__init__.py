"""Keeping a pair: who came along first, looking in, reviews, a substitute for once, and pairs fallen silent."""
