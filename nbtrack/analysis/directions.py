"""Which values of a metric are good, as far as its name tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Direction = Literal["min", "max", "none"]

_SMALL_NAMES = """
    loss losses error errors err rmse mse mae mape smape rmsle msle medae logloss crossentropy
    entropy bce nll deviance perplexity ppl bpc bpb wer cer ter mer eer fid kid lpips kl divergence
    distance brier ece fpr fnr residual regret time seconds duration latency cost
"""
_LARGE_NAMES = """
    acc accuracy f1 f1score fscore fbeta auc auroc rocauc auprc ap map precision recall sensitivity
    specificity r2 score ndcg mrr bleu rouge meteor iou miou dice jaccard kappa mcc psnr ssim reward
    success winrate likelihood throughput tpr tnr hits correlation pearson spearman
"""
_SMALL, _LARGE = frozenset(_SMALL_NAMES.split()), frozenset(_LARGE_NAMES.split())
_WEAK = "score"
"""Says only that something is measured: a Brier score is better small."""

_NEGATED = frozenset({"neg", "negative", "minus"})
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def direction_of(key: str) -> Direction:
    """Return which values of a metric are good: ``min``, ``max``, or ``none`` if it does not tell.

    Words count as wholes, the last one that says something decides, and ``neg_`` turns it round.

    Examples
    --------
    >>> direction_of("val_loss"), direction_of("topAcc"), direction_of("lossless")
    ('min', 'max', 'none')
    """
    words = list(_words(key))
    told = [word for word in words if word in _SMALL or word in _LARGE]
    deciding = next((word for word in reversed(told) if word != _WEAK), told[-1] if told else None)
    if deciding is None:
        return "none"
    smaller = (deciding in _SMALL) is _NEGATED.isdisjoint(words)
    return "min" if smaller else "max"


def _words(key: str) -> Iterator[str]:
    """Yield the words of a key in lower case: parted by signs, by digits, or by a capital."""
    for word in re.split(r"[\W_]+", key):
        if word.lower() in _SMALL or word.lower() in _LARGE:
            yield word.lower()
        else:
            yield from (part.lower() for part in _PART.findall(word))
