"""
The OpenAPI document is fuzzed: whatever is sent, no answer is a mistake of ours, and every refusal is a problem
document.
"""

from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.soak import times
from ventspils.api.app import create_app
from ventspils.centre.state import Centre

DOCUMENT = create_app(cast(Centre, None)).openapi()  # routes alone, no centre behind them
schema = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
@schema.exclude(path_regex="/api/v1/(events|backup)|/check$").parametrize()
@settings(
    max_examples=times(6, 60),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_nothing_that_is_sent_makes_the_centre_fail(case: schemathesis.Case, town: Any) -> None:
    sent = case.as_transport_kwargs(base_url="http://testserver")
    sent["headers"] = {**sent.get("headers", {}), "Authorization": f"Bearer {town.token}"}
    answer = town.http.request(**{k: v for k, v in sent.items() if k not in ("cookies",)})
    assert answer.status_code < 500, (case.method, case.path, answer.text)
    if answer.status_code >= 400 and case.path != "/api/v2/write":
        assert answer.headers["Content-Type"].startswith("application/problem+json"), (case.method, case.path)
        assert answer.json()["status"] == answer.status_code
