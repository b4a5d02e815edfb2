"""What anyone would try first, recorded as runs are: `python -m emotions.baselines tfidf` or `frozen`."""

import argparse

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emotions.checkpoint import ModelParams, pretrained
from emotions.corpus import Row
from emotions.params import read_params
from emotions.progress import row_bar
from emotions.record import keep, made_by, read_source
from emotions.runs import RUNS, read_base
from emotions.targets import multi_hot

MAX_LENGTH = 128
BATCH_SIZE = 256
Features = np.ndarray | csr_matrix


def tfidf_features(rows: dict[str, list[Row]]) -> dict[str, Features]:
    """Return TF-IDF of words and pairs of words that two training comments have, (rows, words) sparse."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, strip_accents="unicode")
    vectorizer.fit([row.text for row in rows["train"]])
    return {split: vectorizer.transform([row.text for row in of]) for split, of in rows.items()}


def frozen_features(rows: dict[str, list[Row]]) -> tuple[dict[str, Features], int]:
    """Return the mean of the pretrained encoder's last hidden states, (rows, hidden), and what the encoder weighs."""
    import torch  # seconds, not spent on words
    from transformers import AutoModel, AutoTokenizer

    model = read_params("model", ModelParams)
    tokenizer, encoder = pretrained(AutoTokenizer, model), pretrained(AutoModel, model)
    features = {}
    for split, of in rows.items():
        order = np.argsort([len(row.text) for row in of])  # texts of similar length share a batch: little padding
        features[split] = np.empty((len(of), encoder.config.hidden_size), dtype=np.float32)
        with torch.inference_mode(), row_bar(len(of), split) as bar:
            for batch in np.array_split(order, len(of) // BATCH_SIZE + 1):
                tokens = tokenizer(
                    [of[row].text for row in batch],
                    padding=True,
                    truncation=True,
                    max_length=MAX_LENGTH,
                    return_tensors="pt",
                )
                mask = tokens["attention_mask"].unsqueeze(-1)
                hidden = encoder(**tokens).last_hidden_state * mask
                features[split][batch] = (hidden.sum(dim=1) / mask.sum(dim=1)).numpy()
                bar.update(len(batch))
    return features, encoder.num_parameters()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", choices=["tfidf", "frozen"])
    features = parser.parse_args().features
    base = read_base(RUNS)
    source, frequent_rows = base["data.source"], base["scores.frequent_rows"]
    names, rows = read_source(source)

    if features == "tfidf":
        name, made, encoder = "tfidf-logistic-regression", tfidf_features(rows), 0
        regression = LogisticRegression(class_weight="balanced", solver="liblinear")
    else:
        name, (made, encoder) = "frozen-logistic-regression", frozen_features(rows)
        # newton-cholesky: many rows, few columns
        regression = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky"))
    targets = multi_hot([row.labels for row in rows["train"]], len(names))
    classifier = OneVsRestClassifier(regression).fit(made["train"], targets)
    parameters = encoder + len(names) * (made["train"].shape[1] + 1)

    params = {"baseline": features, "data": {"source": source}, "scores": {"frequent_rows": frequent_rows}}
    probability = {split: classifier.predict_proba(made[split]) for split in ("validation", "test")}
    keep(name, yaml.safe_dump(params), probability, made_by(source) | {"parameters": parameters}, {})


if __name__ == "__main__":
    main()
