import pytest
import yaml
from pydantic import ValidationError

from emotions.release.params import ExportParams


def test_the_projects_own_values_are_accepted_and_an_agreement_above_all_is_not(root):
    values = yaml.safe_load((root / "params.yaml").read_text())["export"]
    assert ExportParams.model_validate(values).fp32_agreement == 0.9999
    with pytest.raises(ValidationError):
        ExportParams.model_validate(values | {"fp32_agreement": 1.01})
