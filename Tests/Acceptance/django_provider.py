"""An OpenID provider of other origin: Django with django-oauth-toolkit, which requires PKCE. One user, ann with the password pw.

    django_provider.py PORT REDIRECT_URI DATABASE_FILE
"""

import secrets
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import requests

from wire import PATIENCE

USER, USER_PASSWORD, EMAIL = "ann", "pw", "ann@x.test"
CLIENT, CLIENT_SECRET = "web", "s3cret:+ &"
FORM = (
    "<form method=post>{% csrf_token %}<label>User <input name=username></label>"
    "<label>Password <input name=password type=password></label><button>Log in</button></form>")


class Provider:
    """The running provider, and the actions of its user."""

    def __init__(self, port: int):
        self.issuer = f"http://127.0.0.1:{port}/o"

    def logs_in(self, url: str, session: requests.Session | None = None) -> str:
        """The address that the browser which was sent to `url` is sent back to, once ann has signed in."""
        session = session or requests.Session()
        session.trust_env = False
        answer = session.get(url, timeout=PATIENCE, allow_redirects=False)
        while answer.status_code == 302:
            location = urljoin(url, answer.headers["location"])
            if "/api/auth/callback/" in location:
                return location
            answer = session.get(location, timeout=PATIENCE, allow_redirects=False)
            if answer.status_code == 200:
                fields = {
                    "username": USER, "password": USER_PASSWORD,
                    "csrfmiddlewaretoken": session.cookies["csrftoken"]}
                answer = session.post(location, fields, timeout=PATIENCE, allow_redirects=False)
        raise AssertionError(f"{answer.status_code} {answer.text[:500]}")


@contextmanager
def running(port: int, redirect_uri: str, directory: Path):
    from support import wait_until

    provider = Provider(port)
    with open(directory / "provider.log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, str(port), redirect_uri, str(directory / "provider.db")],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def is_up():
        assert process.poll() is None, (directory / "provider.log").read_text()
        try:
            return requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False

    try:
        wait_until(is_up, "the provider", 60)
        yield provider
    finally:
        process.kill()
        process.wait(10)


def configure(database: str) -> None:
    import django
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    processors = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
    settings.configure(
        DEBUG=True, SECRET_KEY=secrets.token_hex(), ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware"],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": processors}}],
        LOGIN_URL="/login", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True, "OIDC_RSA_PRIVATE_KEY": key.decode(), "PKCE_REQUIRED": True,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
            "SCOPES": {"openid": "id", "email": "mail", "profile": "name"}})
    django.setup()


def views() -> list:
    from django.contrib.auth import authenticate, login
    from django.http import HttpResponse
    from django.shortcuts import redirect
    from django.template import engines
    from django.urls import include, path

    def log_in(request):
        if request.method == "POST":
            user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
            if user:
                login(request, user)
                return redirect(request.GET["next"])
        return HttpResponse(engines["django"].from_string(FORM).render({}, request))

    return [path("login", log_in), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]


def make_validator() -> type:
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        oidc_claim_scope = None

        def get_additional_claims(self, request):
            return {"email": request.user.email, "email_verified": True, "name": request.user.get_full_name()}

    return Validator


def serve(port: str, redirect_uri: str) -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    user = User.objects.create_user(USER, EMAIL, USER_PASSWORD, first_name="Ann", last_name="B")
    get_application_model().objects.create(
        client_id=CLIENT, client_secret=CLIENT_SECRET, client_type="confidential", user=user, algorithm="RS256",
        authorization_grant_type="authorization-code", redirect_uris=redirect_uri, skip_authorization=True)
    call_command("runserver", f"127.0.0.1:{port}", "--noreload", verbosity=0)


# Django imports this module again, by its name, for the addresses and the validator.
if __name__ == "__main__":
    sys.modules["django_provider"] = sys.modules[__name__]
    configure(sys.argv[3])
    urlpatterns, validator = views(), make_validator()
    serve(sys.argv[1], sys.argv[2])
