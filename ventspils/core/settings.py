"""
Settings: defaults that work on a laptop < `ventspils.toml` in the home < environment
(`VENTSPILS_TELEMETRY__URL`).
"""

from pathlib import Path
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ventspils.core.errors import UsageError
from ventspils.core.i18n import Language

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RegistrySettings(_Section):
    """Where the registry lies."""

    url: str | None = Field(
        None,
        description="address of the database, `postgresql+psycopg://...` in production; SQLite in the home unless told",
    )


class TelemetrySettings(_Section):
    """Where measured points go: the embedded store unless an InfluxDB 2 is named."""

    url: str | None = Field(
        None, description="address of an InfluxDB 2, as the centre reaches it; the embedded store unless told"
    )
    collector_url: str | None = Field(
        None,
        description="where collectors in other networks write, to be set when there are any; as `telemetry.url` unless "
        "told, else the centre's own",
    )
    org: str = Field("ventspils", description="organisation in the InfluxDB")
    bucket: str = Field("raw", description="bucket of the measured points")
    token: SecretStr | None = Field(None, description="token that may read and write the bucket")
    collector_token: SecretStr | None = Field(
        None,
        description="what collectors write with; make one that may only write; as `telemetry.token` unless told",
    )
    retention_days: int = Field(30, ge=1, description="days that measured points are kept in the embedded store")

    @model_validator(mode="after")
    def _has_token(self) -> "TelemetrySettings":
        if self.url and not self.token:
            raise ValueError("an InfluxDB needs a token: set telemetry.token or VENTSPILS_TELEMETRY__TOKEN")
        return self


class CollectorSettings(_Section):
    """How devices are read."""

    interval_s: int = Field(60, ge=5, le=3600, description="seconds between two readings of a device")
    budget_s: float = Field(30.0, gt=0, description="seconds a device may take of one reading")
    timeout_s: float = Field(1.0, gt=0, description="seconds to wait for one answer")
    engine: str = Field("native", pattern="^(native|pysnmp)$", description="SNMP engine, `native` or `pysnmp`")
    spool_mib: int = Field(
        4096, ge=1, description="disk for points that wait, in MiB; beyond it the oldest go and are counted"
    )
    timezone: str = Field("Europe/Riga", description="zone of the hours in port policies")

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no zone of the IANA time zone database")
        return name


class ApiSettings(_Section):
    """Where the centre listens; beyond loopback only with TLS of its own or a proxy that adds it."""

    host: str = Field("127.0.0.1", description="address where the centre listens")
    port: int = Field(8480, ge=0, le=65535, description="its port; 0 takes a free one")
    behind_proxy: bool = Field(False, description="a reverse proxy before the centre adds TLS")
    certificate: Path | None = Field(None, description="file with the centre's own TLS certificate chain (PEM)")
    private_key: Path | None = Field(None, description="file with the certificate's key (PEM)")

    @model_validator(mode="after")
    def _is_safe(self) -> "ApiSettings":
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("api.certificate and api.private_key go together")
        if self.host not in LOOPBACK and not self.behind_proxy and self.certificate is None:
            raise ValueError(
                "the centre listens on loopback only, unless api.certificate names a TLS certificate or "
                "api.behind_proxy says that "
                "a proxy adds TLS"
            )
        return self


class DashboardSettings(_Section):
    """Where the pages are served, and how people reach them."""

    host: str = Field("127.0.0.1", description="address where `ventspils run` serves the pages")
    port: int = Field(8501, ge=0, le=65535, description="their port; 0 takes a free one")
    public_url: str = Field(
        "http://127.0.0.1:8501", description="address of the pages as people write it, for links in messages"
    )
    language: Language = Field("en", description="`en` or `lv`, where the browser names neither")


class TownSettings(_Section):
    """The town itself."""

    crs: str = Field(
        "EPSG:3059",
        description="coordinate reference system of the town, projected and in metres; all lengths are reckoned in it",
    )
    fibre_party: str = Field(
        "Digital Centre", description="whose fibre the sites want: the client that chances for fibre belong to"
    )
    vat_share: float = Field(
        0.21, ge=0, le=1, description="value-added tax that sums are shown with beside those without it"
    )
    dig_conditions: list[str] = Field(
        [],
        description="what the town asks of whoever digs near its cables, sentence by sentence; goes out with a dig "
        "request",
    )


class Settings(BaseSettings):
    """All settings of a centre and its own collector."""

    model_config = SettingsConfigDict(env_prefix="VENTSPILS_", env_nested_delimiter="__", extra="forbid")

    registry: RegistrySettings = RegistrySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    collector: CollectorSettings = CollectorSettings()
    api: ApiSettings = ApiSettings()
    dashboard: DashboardSettings = DashboardSettings()
    town: TownSettings = TownSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(home: Path, **overrides: dict[str, object]) -> Settings:
    """
    Return the settings of a home.

    Raises:
        UsageError: an unknown key or a value that cannot be used, named with its place.
    """

    class OfHome(Settings):
        model_config = SettingsConfigDict(toml_file=home / "ventspils.toml")

    try:
        return OfHome(**overrides)  # type: ignore[arg-type]  # sections as plain data, validated here
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"Setting {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    except ValueError as error:
        raise UsageError(f"The file {home / 'ventspils.toml'} is not TOML: {error}.") from None
