"""What a message to a person says, in the languages of the interface."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitoring.centre.rule_texts import rule_text


@dataclass(frozen=True)
class MessageFacts:
    """
    Everything that a message about an incident may say; `at` is in the town's zone, contacts are (kind, name, phone,
    reference).
    """

    is_over: bool
    may_repeat: bool
    rule: str
    object: str
    detail: str
    severity: str
    device: str | None
    site: str | None
    agency: str | None
    behind: int
    at: datetime
    link: str
    contacts: Sequence[tuple[str, str, str | None, str | None]] = field(default_factory=list)


_WORDS = {
    "en": {
        "problem": "Problem",
        "over": "Over",
        "since": "Since",
        "until": "Over since",
        "behind": "{count} more devices are unreachable because of it.",
        "repeat": "This message may be a repeat.",
        "caretaker": "Caretaker",
        "head": "Head",
        "helpdesk": "Helpdesk",
        "other": "Contact",
        "centre": "Monitoring",
        "collector_silent": "; its devices show no data",
    },
    "lv": {
        "problem": "Traucējums",
        "over": "Novērsts",
        "since": "Kopš",
        "until": "Novērsts kopš",
        "behind": "Tā dēļ nav sasniedzamas vēl {count} ierīces.",
        "repeat": "Šis ziņojums var būt atkārtots.",
        "caretaker": "Pārzinis",
        "head": "Vadītājs",
        "helpdesk": "Palīdzības dienests",
        "other": "Kontakts",
        "centre": "Uzraudzība",
        "collector_silent": "; par tā ierīcēm nav datu",
    },
}


_TRIALS = {
    "en": ("Test of the monitoring", "This is a test message of rule {rule}."),
    "lv": ("Uzraudzības pārbaude", "Šis ir kārtulas {rule} pārbaudes ziņojums."),
}


def trial_message(rule: str, language: str) -> tuple[str, str]:
    """Return subject and text of the message by which a rule is tried."""
    subject, text = _TRIALS[language]
    return subject, text.format(rule=rule)


def say(told: MessageFacts, language: str) -> str:
    """Return what is wrong in a few words."""
    what = rule_text(told.rule, language, on=told.object, detail=told.detail)
    return what + (_WORDS[language]["collector_silent"] if told.rule == "collector_silent" else "")


def subject_of(told: MessageFacts, language: str) -> str:
    """Return the first line of a message."""
    words = _WORDS[language]
    who = told.device or told.agency or words["centre"]
    return f"{words['over' if told.is_over else 'problem']}: {who} {say(told, language)}"[:200]


def text_of(told: MessageFacts, language: str) -> str:
    """Return the message."""
    words = _WORDS[language]
    place = ", ".join(name for name in (told.device, told.site, told.agency) if name)
    lines = [f"{place}: {say(told, language)}" if place else say(told, language)]
    lines.append(f"{words['until' if told.is_over else 'since']} {told.at:%d.%m.%Y %H:%M}")
    if told.behind and not told.is_over:
        lines.append(words["behind"].format(count=told.behind))
    lines += [_contact(words, *contact) for contact in told.contacts]
    lines.append(told.link)
    if told.may_repeat:
        lines.append(words["repeat"])
    return "\n".join(lines)


def _contact(words: dict[str, str], kind: str, name: str, phone: str | None, reference: str | None) -> str:
    rest = ", ".join(part for part in (phone, reference) if part)
    return f"{words.get(kind, words['other'])}: {name}{f', {rest}' if rest else ''}"
