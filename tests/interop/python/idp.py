"""What a test needs beside the client under test: a browser without scripts, an administrator
who registers applications over Microsoft Graph, and a check of tokens.

The CA comes from REQUESTS_CA_BUNDLE for all of it.
"""

import base64
import hashlib
import os
import secrets
import urllib.parse
import uuid
from html.parser import HTMLParser

import jwt
import requests
from check import equal

ORIGIN = os.environ["SKEP_IDP_ORIGIN"]
TENANT = os.environ["SKEP_IDP_TENANT"]
ISSUER = f"{ORIGIN}/{TENANT}/v2.0"
# Nothing listens there: the browser below stops at it.
REDIRECT_URI = "http://localhost/interop-callback"

USER = {
    "username": os.environ["SKEP_IDP_USERNAME"],
    "password": os.environ["SKEP_IDP_PASSWORD"],
}
# Microsoft Graph Command Line Tools, a public client that every tenant has.
GRAPH_TOOLS = "14d82eec-204b-4c2f-b7e8-296a70dab67e"


class Form(HTMLParser):
    """The first form of a page: where it goes, and its fields with their values."""

    def __init__(self, html):
        super().__init__()
        self.action = None
        self.fields = {}
        self.done = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if self.done:
            return
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and attributes.get("value") == "accept":
            self.fields[attributes["name"]] = "accept"

    def handle_endtag(self, tag):
        self.done = self.done or tag == "form"


def sign_in(url, target=REDIRECT_URI, **typed):
    """Fills in every form from `url` on, and returns what the browser is sent to `target` with;
    or the last page when it has no form."""
    browser = requests.Session()
    response = browser.get(url, allow_redirects=False)
    for _ in range(10):
        location = response.headers.get("location")
        if location:
            url = urllib.parse.urljoin(response.url, location)
            if url.startswith(target):
                return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
            response = browser.get(url, allow_redirects=False)
            continue
        form = Form(response.text)
        if form.action is None:
            return response.text
        if form.action.startswith(target):
            return form.fields
        filled = {name: {**USER, **typed}.get(name, value) for name, value in form.fields.items()}
        url = urllib.parse.urljoin(response.url, form.action)
        response = browser.post(url, data=filled, allow_redirects=False)
    raise AssertionError("the sign-in does not end")


def administrator():
    """A token for Microsoft Graph, in the sample user's name."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    request = {
        "client_id": GRAPH_TOOLS,
        "redirect_uri": "http://localhost",
        "scope": "https://graph.microsoft.com/Application.ReadWrite.All",
    }
    query = urllib.parse.urlencode(
        {
            **request,
            "response_type": "code",
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
    )
    endpoint = f"{ORIGIN}/{TENANT}/oauth2/v2.0"
    back = sign_in(f"{endpoint}/authorize?{query}", target="http://localhost/?")
    form = {
        **request,
        "grant_type": "authorization_code",
        "code": back["code"],
        "code_verifier": verifier,
    }
    response = requests.post(f"{endpoint}/token", data=form)
    response.raise_for_status()
    return response.json()["access_token"]


class App:
    """An application that users sign in to, with a scope `access_as_user`."""

    def __init__(self, **platforms):
        self.token = administrator()
        scope = {
            "id": str(uuid.uuid4()),
            "value": "access_as_user",
            "type": "User",
            "isEnabled": True,
            "adminConsentDisplayName": "Use the application",
            "userConsentDisplayName": "Use the application",
        }
        app = self.graph(
            "POST",
            "applications",
            {
                "displayName": f"interop {uuid.uuid4()}",
                "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [scope]},
                **platforms,
            },
        )
        self.id, self.client_id = app["id"], app["appId"]
        self.graph("POST", "servicePrincipals", {"appId": self.client_id})
        uris = {"identifierUris": [f"api://{self.client_id}"]}
        self.graph("PATCH", f"applications/{self.id}", uris)
        self.scope = f"api://{self.client_id}/access_as_user"

    def add_secret(self):
        return self.graph("POST", f"applications/{self.id}/addPassword", {})["secretText"]

    def graph(self, method, path, body):
        response = requests.request(
            method,
            f"{ORIGIN}/v1.0/{path}",
            json=body,
            headers={"authorization": f"Bearer {self.token}"},
        )
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.text else None


def verify(token, audience):
    """The claims of a token that the published keys verify."""
    keys = requests.get(f"{ORIGIN}/{TENANT}/discovery/v2.0/keys").json()["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWK(next(key for key in keys if key["kid"] == kid), algorithm="RS256")
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=ISSUER)
    equal(claims["tid"], TENANT, "tid")
    return claims


def verify_app(token, client_id, proof):
    """The claims of an application's own token, which the gateway accepts too."""
    claims = verify(token, client_id)
    equal((claims["azp"], claims["azpacr"], claims.get("scp")), (client_id, proof, None), "azp")
    topology = requests.get(
        f"{os.environ['ZEEBE_REST_ADDRESS']}/v2/topology",
        headers={"authorization": f"Bearer {token}"},
    )
    equal(topology.status_code, 200, f"GET /v2/topology: {topology.text}")
    return claims
