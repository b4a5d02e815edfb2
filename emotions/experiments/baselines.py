"""What anyone would try first, recorded as runs are: logistic regression on words, on an untrained encoder."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emotions.data.corpus import Row, read_source
from emotions.data.targets import multi_hot
from emotions.experiments.provenance import made_by
from emotions.experiments.record import keep
from emotions.experiments.recorded import params_text
from emotions.experiments.runs import RUNS, read_base
from emotions.inference.probabilities import mean_hidden_states
from emotions.model.checkpoint import pretrained_encoder
from emotions.model.params import ModelParams
from emotions.params import read_params

MAX_LENGTH = 128
BATCH_SIZE = 256
Features = np.ndarray | csr_matrix


def tfidf_features(rows: dict[str, list[Row]]) -> dict[str, Features]:
    """Return TF-IDF of words and pairs of words that two training comments have, (rows, words) sparse."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode")
    vectorizer.fit([row.text for row in rows["train"]])
    return {split: vectorizer.transform([row.text for row in of]) for split, of in rows.items()}


def frozen_features(rows: dict[str, list[Row]]) -> tuple[dict[str, Features], int]:
    """Return the mean of the encoder's last hidden states, (rows, hidden) a split, and its number of parameters."""
    tokenizer, encoder = pretrained_encoder(read_params("model", ModelParams))
    features = {
        split: mean_hidden_states(encoder, tokenizer, [row.text for row in of], MAX_LENGTH, BATCH_SIZE, progress=split)
        for split, of in rows.items()
    }
    return features, encoder.num_parameters()


def record_baseline(features: str) -> None:
    """Write results/<features>-logistic-regression, `features` being tfidf or frozen."""
    base = read_base(RUNS)
    source, frequent_rows = base["data.source"], base["scores.frequent_rows"]
    names, rows = read_source(source)

    if features == "tfidf":
        name, features_of, encoder = "tfidf-logistic-regression", tfidf_features(rows), 0
        regression = LogisticRegression(class_weight="balanced", solver="liblinear")
    else:
        name, (features_of, encoder) = "frozen-logistic-regression", frozen_features(rows)
        # newton-cholesky: many rows, few columns
        regression = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky"))
    targets = multi_hot([row.labels for row in rows["train"]], len(names))
    classifier = OneVsRestClassifier(regression).fit(features_of["train"], targets)
    parameters = encoder + len(names) * (features_of["train"].shape[1] + 1)

    params = {"baseline": features, "data": {"source": source}, "scores": {"frequent_rows": frequent_rows}}
    probability = {split: classifier.predict_proba(features_of[split]) for split in ("validation", "test")}
    keep(name, params_text(params), probability, made_by(source) | {"parameters": parameters}, None, {})
