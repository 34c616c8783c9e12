"""msal against the embedded provider: its documented options for an authority that it does not
know, and nothing else."""

import os
import threading

import msal
from check import equal, finish, step
from idp import ORIGIN, REDIRECT_URI, TENANT, USER, App, sign_in, verify, verify_app

AUTHORITY = {"authority": f"{ORIGIN}/{TENANT}", "instance_discovery": False}
SECRET_APP = os.environ["ZEEBE_CLIENT_ID"]
CERTIFICATE_APP = os.environ["INTEROP_CERTIFICATE_CLIENT_ID"]
KEYSTORE = {
    "private_key_pfx_path": os.environ["INTEROP_KEYSTORE_PATH"],
    "passphrase": os.environ["INTEROP_KEYSTORE_PASSWORD"],
}


def granted(result):
    assert "access_token" in result, f"{result.get('error')}: {result.get('error_description')}"
    return result


@step("client secret")
def _():
    secret = os.environ["ZEEBE_CLIENT_SECRET"]
    client = msal.ConfidentialClientApplication(SECRET_APP, client_credential=secret, **AUTHORITY)
    scopes = [f"{SECRET_APP}/.default"]
    result = granted(client.acquire_token_for_client(scopes))
    verify_app(result["access_token"], SECRET_APP, "1")
    again = client.acquire_token_for_client(scopes)
    equal(again["token_source"], "cache", "token_source")


@step("instance discovery of the provider itself")
def _():
    client = msal.ConfidentialClientApplication(
        SECRET_APP,
        client_credential=os.environ["ZEEBE_CLIENT_SECRET"],
        authority=f"{ORIGIN}/{TENANT}",
        instance_discovery=f"{ORIGIN}/common/discovery/instance",
    )
    granted(client.acquire_token_for_client([f"{SECRET_APP}/.default"]))


@step("any OpenID Connect provider")
def _():
    client = msal.ConfidentialClientApplication(
        SECRET_APP,
        client_credential=os.environ["ZEEBE_CLIENT_SECRET"],
        oidc_authority=f"{ORIGIN}/{TENANT}/v2.0",
    )
    granted(client.acquire_token_for_client([f"{SECRET_APP}/.default"]))


@step("certificate from PKCS#12, with and without its chain")
def _():
    for extra in ({}, {"public_certificate": True}):
        client = msal.ConfidentialClientApplication(
            CERTIFICATE_APP, client_credential={**KEYSTORE, **extra}, **AUTHORITY
        )
        result = granted(client.acquire_token_for_client([f"api://{CERTIFICATE_APP}/.default"]))
        verify_app(result["access_token"], CERTIFICATE_APP, "2")


@step("a wrong secret is refused as Entra does")
def _():
    client = msal.ConfidentialClientApplication(SECRET_APP, client_credential="wrong", **AUTHORITY)
    result = client.acquire_token_for_client([f"{SECRET_APP}/.default"])
    equal((result["error"], result["error_codes"]), ("invalid_client", [7000215]), "error")


@step("code + PKCE, answered by a form, then refresh")
def _():
    app = App(web={"redirectUris": [REDIRECT_URI]})
    client = msal.ConfidentialClientApplication(
        app.client_id, client_credential=app.add_secret(), **AUTHORITY
    )
    flow = client.initiate_auth_code_flow(
        [app.scope], redirect_uri=REDIRECT_URI, response_mode="form_post"
    )
    result = granted(client.acquire_token_by_auth_code_flow(flow, sign_in(flow["auth_uri"])))
    claims = verify(result["access_token"], app.client_id)
    equal((claims["scp"], claims["azp"]), ("access_as_user", app.client_id), "scp, azp")
    identity = verify(result["id_token"], app.client_id)
    equal(identity["sub"], claims["sub"], "sub")
    [account] = client.get_accounts(username=USER["username"])
    silent = granted(client.acquire_token_silent([app.scope], account, force_refresh=True))
    equal(silent["token_source"], "identity_provider", "token_source")
    equal(verify(silent["access_token"], app.client_id)["sub"], claims["sub"], "sub")


@step("device code")
def _():
    app = App(isFallbackPublicClient=True)
    client = msal.PublicClientApplication(app.client_id, **AUTHORITY)
    flow = client.initiate_device_flow([app.scope])
    page = []
    browser = threading.Thread(
        target=lambda: page.append(
            sign_in(flow["verification_uri"], user_code=flow["user_code"])
        )
    )
    browser.start()
    result = granted(client.acquire_token_by_device_flow(flow))
    browser.join()
    assert "You have signed in" in page[0], page
    claims = verify(result["access_token"], app.client_id)
    equal((claims["scp"], claims["azpacr"]), ("access_as_user", "0"), "scp, azpacr")


finish()
