"""azure-identity against the embedded provider."""

import os

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    WorkloadIdentityCredential,
)
from check import equal, finish, step
from idp import ORIGIN, TENANT, verify_app

OPTIONS = {"authority": ORIGIN, "disable_instance_discovery": True}
SECRET_APP = os.environ["ZEEBE_CLIENT_ID"]
CERTIFICATE_APP = os.environ["INTEROP_CERTIFICATE_CLIENT_ID"]


@step("ClientSecretCredential")
def _():
    secret = os.environ["ZEEBE_CLIENT_SECRET"]
    credential = ClientSecretCredential(TENANT, SECRET_APP, secret, **OPTIONS)
    token = credential.get_token(f"{SECRET_APP}/.default")
    claims = verify_app(token.token, SECRET_APP, "1")
    equal(abs(token.expires_on - claims["exp"]) < 60, True, "expiry is the token's")


@step("CertificateCredential from PEM and from PKCS#12, with and without its chain")
def _():
    password = os.environ["INTEROP_KEYSTORE_PASSWORD"]
    for path, extra in (
        (os.environ["INTEROP_CERTIFICATE_PEM"], {}),
        (os.environ["INTEROP_KEYSTORE_PATH"], {"password": password}),
    ):
        for chain in (False, True):
            credential = CertificateCredential(
                TENANT, CERTIFICATE_APP, path, send_certificate_chain=chain, **extra, **OPTIONS
            )
            token = credential.get_token(f"{CERTIFICATE_APP}/.default")
            verify_app(token.token, CERTIFICATE_APP, "2")


@step("WorkloadIdentityCredential, with a token of another issuer")
def _():
    credential = WorkloadIdentityCredential(
        tenant_id=TENANT,
        client_id=SECRET_APP,
        token_file_path=os.environ["INTEROP_FEDERATED_TOKEN_FILE"],
        **OPTIONS,
    )
    token = credential.get_token(f"{SECRET_APP}/.default")
    verify_app(token.token, SECRET_APP, "2")


@step("a wrong secret is refused as Entra does")
def _():
    credential = ClientSecretCredential(TENANT, SECRET_APP, "wrong", **OPTIONS)
    try:
        credential.get_token(f"{SECRET_APP}/.default")
    except ClientAuthenticationError as error:
        assert "AADSTS7000215" in str(error), error
        return
    raise AssertionError("a wrong secret was accepted")


finish()
