"""What a true rule says in people's words: the same on pages and in messages."""

from collections.abc import Mapping

_ANY = "{object} {detail}"  # a rule without words of its own
RULE_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "unreachable": "does not answer",
        "snmp_silent": "answers no SNMP",
        "port_down": "port {object} is down",
        "utilisation": "port {object} is full ({detail} %)",
        "errors": "port {object} has errors ({detail} a second)",
        "sensor": "{object}: {detail}",
        "clock": "clock of the collector: {detail}",
        "spool": "readings wait to be stored: {detail}",
        "store": "readings are not stored: {detail}",
        "collector_silent": "collector {object} says nothing",
    },
    "lv": {
        "unreachable": "neatbild",
        "snmp_silent": "neatbild uz SNMP",
        "port_down": "ports {object} nedarbojas",
        "utilisation": "ports {object} ir pilns ({detail} %)",
        "errors": "portam {object} ir kļūdas ({detail} sekundē)",
        "sensor": "{object}: {detail}",
        "clock": "kolektora pulkstenis: {detail}",
        "spool": "nolasījumi gaida saglabāšanu: {detail}",
        "store": "nolasījumi netiek saglabāti: {detail}",
        "collector_silent": "kolektors {object} klusē",
    },
}


def rule_text(rule: str, language: str, *, on: str, detail: str) -> str:
    """Return what a rule says about an object."""
    return RULE_TEXTS[language].get(rule, _ANY).format(object=on, detail=detail).strip()
