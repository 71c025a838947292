"""Settings. What differs between machines comes from the environment; README.md lists the variables."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.csp import POLICY
from config.database import read_database_url
from config.environment import hosts, names, number, site, switch
from config.logs import LOGGING as LOGGING
from factcheck.roles import ROLES

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = switch("DEBUG")

SECRET_KEY = os.environ.get("SECRET_KEY", "").strip() or ("only-for-debugging" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: a long random text that only this server knows.")

ALLOWED_HOSTS = hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
SITE_URL = site("SITE_URL", "http://localhost:8000")  # begins every absolute link
_site = urlsplit(SITE_URL)

_database_url = os.environ.get("DATABASE_URL") or "sqlite:///factcheck.sqlite3"
DATABASES = {"default": read_database_url(_database_url, BASE_DIR)}
MEDIA_ROOT = BASE_DIR / (os.environ.get("MEDIA_ROOT") or "media")  # captures of evidence: never served

SIMILARITY_BACKEND = os.environ.get("SIMILARITY_BACKEND", "").strip()  # factcheck/search/backends.py
MAX_CAPTURE_MB = number("MAX_CAPTURE_MB", 50)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes; an article's text is pasted into a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a claim with a hundred appearances is one form
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # a browser also sends the file boxes that were left empty
FILE_UPLOAD_HANDLERS = [
    "factcheck.captures.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",  # from 2.5 MB on
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "factcheck",
    "factcheck.apps.DeskConfig",  # in place of django.contrib.admin; after ours, so that our words are taken
]
MIDDLEWARE = [
    "factcheck.middleware.DeskAnswersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",  # before WhiteNoise: static files too
    "factcheck.middleware.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "factcheck.middleware.LanguageMiddleware",
    "factcheck.middleware.DeskCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
_context_processors = [  # what the admin needs
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _context_processors},
    }
]

LANGUAGE_CODE, LANGUAGES = "en", [("en", "English"), ("uk", "Українська")]
FORMAT_MODULE_PATH = "factcheck.formats"
TIME_ZONE = "UTC"
STATIC_URL, STATIC_ROOT = "/static/", BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTH_USER_MODEL = "factcheck.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "factcheck.sessions"
SESSION_IDLE = 60 * number("SESSION_IDLE_MINUTES", 120)  # seconds, and so is the longest that a session lasts:
SESSION_COOKIE_AGE = 60 * number("SESSION_LONGEST_MINUTES", 720)
SIGN_IN_FAILURES = {  # so many, each within SIGN_IN_LOCK of the one before
    "account": number("SIGN_IN_FAILURES_PER_ACCOUNT", 10),
    "address": number("SIGN_IN_FAILURES_PER_ADDRESS", 50),
}
SIGN_IN_LOCK = 60 * number("SIGN_IN_LOCK_MINUTES", 15)  # seconds
REQUIRE_SECOND_FACTOR = names("REQUIRE_SECOND_FACTOR", allowed=ROLES)
OTP_TOTP_ISSUER = f"factcheck {_site.hostname}"  # what a phone calls it
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0, least=0)  # how many stand before us and say in a header whom they heard

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https = _site.scheme == "https"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0  # a year
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_CSP = POLICY
