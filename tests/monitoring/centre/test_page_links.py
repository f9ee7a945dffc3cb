"""Links on the pages of devices."""

from monitoring.centre.models import Device, PageLink
from monitoring.centre.page_links import fill
from ventspils.core.places import Agency, Site


def test_what_a_device_is_called_adds_nothing_to_the_address() -> None:
    site = Site(name="A&B/../x", agency=Agency(name="School"))
    device = Device(id="1", name='x"><script>?q=#', host="2001:db8::1", site=site)
    link = PageLink(name="a", template="https://{host}/{site}?device={name}")
    assert fill(link, device) == "https://[2001:db8::1]/A%26B%2F..%2Fx?device=x%22%3E%3Cscript%3E%3Fq%3D%23"
