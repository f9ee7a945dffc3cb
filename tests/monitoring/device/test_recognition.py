import pytest

from monitoring.device.recognition import vendor_of


@pytest.mark.parametrize(
    ("sys_object_id", "vendor"),
    [
        ("1.3.6.1.4.1.9.1.1208", "Cisco"),
        ("1.3.6.1.4.1.14988.1", "MikroTik"),
        ("1.3.6.1.4.1.9", "Cisco"),
        ("1.3.6.1.4.1", None),
        ("1.3.6.1.2.1.9.1.1208", None),
        ("", None),
    ],
)
def test_the_maker_is_told_by_the_number_below_enterprises_and_by_nothing_else(
    sys_object_id: str, vendor: str | None
) -> None:
    assert vendor_of(sys_object_id) == vendor
