"""What the file says of the server: addresses, security, how chargers are dealt with."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as check

from ampherd.config.kinds import Address, Name, Number, Port, ProfileNumber, Spec, Whole


class ServerSpec(Spec):
    """Where Ampherd listens, and how it deals with chargers. A port of 0 takes any free one."""

    ocpp_host: Name = Field(
        default="0.0.0.0",  # noqa: S104 - chargers are other machines
        description="Address for chargers.",
    )
    ocpp_port: Port = Field(default=9000, description="Port for chargers.")
    ocpp_plain: bool = Field(
        default=True,
        description="Open `ocpp_port`, for chargers without TLS; false once all of them have it.",
    )
    ocpp_tls_port: Port | None = Field(
        default=None,
        description="Port for chargers with TLS, e.g. 9443; not given: none. It needs the "
        "certificates that `ampherd cert server` makes, or others.",
    )
    ocpp_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = Field(
        default="/ocpp",
        description="Path before the identity: chargers connect to ws://HOST:PORT/PATH/IDENTITY,"
        " or wss:// with TLS.",
    )
    api_host: Name = Field(default="127.0.0.1", description="Address of the HTTP API.")
    api_port: Port = Field(default=8080, description="Port of the HTTP API.")
    dashboards_host: Name = Field(default="127.0.0.1", description="Address of the dashboards.")
    dashboards_port: Port = Field(default=8501, description="Port of the dashboards.")
    sql_port: Port = Field(
        default=9494,
        description="Port on 127.0.0.1 on which dashboards and notebooks read the database.",
    )
    security_profile: ProfileNumber = Field(
        default=1,
        description="OCPP security profile of chargers that name none. 0: nothing is asked, "
        "anybody can pose as the charger; 1: a password, in the clear on the network; 2: a "
        "password over TLS; 3: TLS with a certificate of the charger. A charger on a lower one "
        "than its own is refused, and one that has used a higher one never gets a lower one again.",
    )
    operator: Name | None = Field(
        default=None,
        description="Name of the operator, O in certificates; not given: the site's name.",
    )
    tls_folder: Name = Field(
        default="tls",
        description="Folder of `ampherd cert`, relative to this configuration file.",
    )
    tls_certificate: Name | None = Field(
        default=None,
        description="PEM file with the server's certificate and those of its issuers; not given: "
        "`server.pem` in `tls_folder`.",
    )
    tls_key: Name | None = Field(
        default=None,
        description="PEM file with its private key; not given: `server.key` in `tls_folder`.",
    )
    tls_client_ca: Name | None = Field(
        default=None,
        description="PEM file with those who may issue certificates of chargers (profile 3); not "
        "given: `ca.pem` in `tls_folder`.",
    )
    proxies: tuple[Address, ...] = Field(
        default=(),
        description="Addresses or networks of proxies that end TLS in front of Ampherd. From them "
        "alone X-Forwarded-Proto and X-Forwarded-For are believed.",
    )
    proxy_subject_header: Name | None = Field(
        default=None,
        description="Header in which the proxy passes on the subject of a client certificate that "
        "it verified; it must remove the header from what others send.",
    )
    allow_self_registration: bool = Field(
        default=False,
        description="Keep chargers that are not configured connected as pending, instead of "
        "answering 404.",
    )
    accept_unknown_tokens: bool = Field(
        default=False, description="Let tokens charge that no [[id_token]] names."
    )
    heartbeat_s: Annotated[Whole, Field(ge=10, le=86400)] = Field(
        default=300, description="Interval at which chargers report that they are alive, s."
    )
    command_timeout_s: Annotated[Number, Field(gt=0, le=600)] = Field(
        default=30.0, description="A command without an answer has timed out after this, s."
    )

    question_timeout_s: Annotated[Number, Field(ge=1, le=3600)] = Field(
        default=60.0,
        description="A question over the HTTP API that takes longer is interrupted and answered "
        "with 504, s; exports and reports may take ten times as long.",
    )

    @check(mode="after")
    def _ports_differ(self) -> Self:
        ports = {
            "ocpp_port": self.ocpp_port,
            "ocpp_tls_port": self.ocpp_tls_port or 0,
            "api_port": self.api_port,
            "dashboards_port": self.dashboards_port,
            "sql_port": self.sql_port,
        }
        taken: dict[int, str] = {}
        for key, port in ports.items():
            if port and port in taken:
                raise ValueError(f"{key} and {taken[port]} are both {port}")
            taken[port] = key
        return self
