"""Everything Safeguard needs to know before it starts, from the environment alone.

With nothing in the environment this is a school trying the product on its own computer, or the
tests: PostgreSQL and Valkey are started by `embedded`, and secrets are made once and kept in
`var/`. Anywhere else each secret must be given; a missing one is a sentence, not a traceback.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from safeguard import embedded, env

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
TRYING_OUT = env.nothing_configured()
# Where a database is named there may be real children in it: the demo's switch does nothing there.
DEMO = TRYING_OUT and os.environ.get("SAFEGUARD_DEMO") == "1"
DEBUG = False

# Places at which the fault tests kill or slow the process (failpoints.py); and how many incidents
# one person may record in a day, which a harness that plays sixteen people has to exceed.
FAILPOINTS = env.for_trials_only("SAFEGUARD_FAILPOINTS", trying_out=TRYING_OUT)
INCIDENTS_A_DAY = int(
    env.for_trials_only("SAFEGUARD_INCIDENTS_A_DAY", trying_out=TRYING_OUT) or 100
)

INSTANCE = os.environ.get(
    "SAFEGUARD_INSTANCE", "test" if TESTING else "demo" if TRYING_OUT else "production"
)
VAR_DIR = Path(os.environ.get("SAFEGUARD_VAR", BASE_DIR / "var" / INSTANCE))
FILES_DIR = Path(os.environ.get("SAFEGUARD_FILES", VAR_DIR / "files"))
DATABASE_FOLDER = os.environ.get("SAFEGUARD_DATABASE_FOLDER", "")  # to watch how full its disk is
# Every note that the signer gave, written once; in production on the back-up's side.
ARCHIVE_DIR = Path(os.environ.get("SAFEGUARD_ARCHIVE", VAR_DIR / "archive"))
SIGNER_DIR = Path(os.environ.get("SAFEGUARD_SIGNER_DIR", VAR_DIR / "signer"))
SIGNER_SOCKET = Path(
    os.environ.get("SAFEGUARD_SIGNER_SOCKET") or env.socket_path(SIGNER_DIR, "signer.sock")
)
# Back-ups are encrypted to public keys only: nothing on this machine can open them.
BACKUPS_DIR = Path(os.environ.get("SAFEGUARD_BACKUPS", VAR_DIR / "backups"))
BACKUP_RECIPIENTS = os.environ.get("SAFEGUARD_BACKUP_RECIPIENTS", "").replace(",", " ").split()

if TRYING_OUT:
    SECRET_KEY = env.kept_secret(VAR_DIR, "secret-key")
    FILES_KEY = env.kept_key(VAR_DIR, "files-key")
    FORMER_KEYS = env.kept_keys(VAR_DIR, "files-key-former", but=FILES_KEY)
    BASE_URL = os.environ.get("SAFEGUARD_BASE_URL", "http://localhost:8000")
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
else:
    SECRET_KEY = env.secret("SAFEGUARD_SECRET_KEY")
    FILES_KEY = env.key("SAFEGUARD_KEY")
    FORMER_KEYS = env.keys("SAFEGUARD_FORMER_KEYS", but=FILES_KEY)
    BASE_URL = env.secret("SAFEGUARD_BASE_URL")
    ALLOWED_HOSTS = env.secret("SAFEGUARD_HOSTS").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "django_otp",
    "axes",
    "csp",
    "safeguard",
    "ledger",
    "accounts",
    "django_otp_webauthn",
    "upkeep",
    "pupils",
    "incidents",
    "chronology",
    "reports",
    "records",
]
if DEMO or TESTING:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "safeguard.middleware.HeadersOfAll",
    "upkeep.middleware.ProbesFirst",
    "django.middleware.security.SecurityMiddleware",
    "safeguard.middleware.OwnPagesOnly",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "safeguard.middleware.NothingKept",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ViewerMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "safeguard.urls"
WSGI_APPLICATION = "safeguard.wsgi.application"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "safeguard.ui.page",
            ],
        },
    }
]

# Databases: one alias for everything, as the application's role; `migrate` alone becomes the
# owner. `audit` is a second connection in autocommit whose role may only add to the access log,
# so that a denial is recorded even when the request's transaction rolls back. The signer's and the
# disposal's addresses belong to their own processes: no page can reach them.
SERVICES = embedded.serve(INSTANCE, VAR_DIR) if env.nothing_configured() else env.services()
DATABASES = {
    "default": env.database(SERVICES.database_url),
    "audit": env.database(SERVICES.database_audit_url) | {"TEST": {"MIRROR": "default"}},
}
# The web process alone: a page that waits longer for the database says that it is not there.
WEB = os.environ.get("SAFEGUARD_PROCESS") == "web"  # wsgi.py says so
DATABASE_PATIENCE = 8 if WEB else None
if DATABASE_PATIENCE:
    for name in ("default", "audit"):
        DATABASES[name] = env.impatient(DATABASES[name], DATABASE_PATIENCE - 1)
DATABASE_OWNER = env.database(SERVICES.database_owner_url) if SERVICES.database_owner_url else None
DATABASE_SIGNER = (
    env.database(SERVICES.database_signer_url) if SERVICES.database_signer_url else None
)
DATABASE_DISPOSAL = (
    env.database(SERVICES.database_disposal_url) if SERVICES.database_disposal_url else None
)
DATABASE_BACKUP = (
    env.database(SERVICES.database_backup_url) if SERVICES.database_backup_url else None
)
DATABASE_APP_ROLE = DATABASES["default"]["USER"]
DATABASE_AUDIT_ROLE = DATABASES["audit"]["USER"]
DATABASE_SIGNER_ROLE = DATABASE_SIGNER["USER"] if DATABASE_SIGNER else "safeguard_signer"
DATABASE_DISPOSAL_ROLE = DATABASE_DISPOSAL["USER"] if DATABASE_DISPOSAL else "safeguard_disposal"
DATABASE_BACKUP_ROLE = DATABASE_BACKUP["USER"] if DATABASE_BACKUP else "safeguard_backup"
DATABASE_ROUTERS = ["ledger.routers.AuditAliasHasNoMigrations"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Celery: JSON ids only, and a dead broker must never hold up a request (retry=False alone
# blocked for over ten minutes until max_retries and the socket time-outs were set). The worker
# waits for messages and may take longer to find out.
CELERY_BROKER_URL = SERVICES.redis_url
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "socket_connect_timeout": 0.5 if WEB else 1,
    "socket_timeout": 0.5 if WEB else 5,
    "global_keyprefix": f"safeguard-{INSTANCE}-" if TRYING_OUT else "safeguard-",
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "safeguard"
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Europe/London"
CELERY_BEAT_SCHEDULER = "safeguard.beat:Scheduler"

# Mail
vars().update(env.mail(SERVICES.email_url))
DEFAULT_FROM_EMAIL = os.environ.get("SAFEGUARD_FROM_EMAIL", "Safeguard <safeguard@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10

# Who is signing in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Passkeys and security keys: bound to our own host, and never in the password's place.
OTP_WEBAUTHN_RP_ID = urlsplit(BASE_URL).hostname
OTP_WEBAUTHN_RP_NAME = "Safeguard"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [BASE_URL.rstrip("/")]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_RESET_TIMEOUT = 3600
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the tests' hundreds of sign-ins
    if TESTING
    else ["accounts.hashers.Argon2id"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LongOrMixed"},
    {"NAME": "accounts.passwords.NotCommon"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]

# A school is one address on the internet: never lock on the address alone (security.md V7).
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USE_ATTEMPT_EXPIRATION = True
AXES_ALLOWED_CORS_ORIGINS = BASE_URL
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
AXES_IPWARE_PROXY_COUNT = int(os.environ.get("SAFEGUARD_PROXIES", "0")) or None
AXES_IPWARE_PROXY_ORDER = "right-most"
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False

# Sessions and cookies. Lock, elevation and activity live in accounts.SessionState, never here.
SESSION_ENGINE = "accounts.kept_sessions"
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views_kept.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not TRYING_OUT
SESSION_COOKIE_NAME = "sessionid" if TRYING_OUT else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if TRYING_OUT else "__Host-csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = not TRYING_OUT
SECURE_HSTS_SECONDS = 0 if TRYING_OUT else 63072000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not TRYING_OUT
SECURE_HSTS_PRELOAD = not TRYING_OUT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"  # never no-referrer: Origin would be null (V8)
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        # One script makes markup of text, of a piece of a page that the server sent: static/js/poll.js.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["safeguard-piece"],
    }
}

# Uploads: refused before they are read whole (security.md SR-68).
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "safeguard.uploads.PatientFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
UPLOAD_MAX_BYTES = 25 * 1024 * 1024
UPLOAD_MAX_FILES = 10
# ClamAV's daemon, which looks at what people add: the path of its socket, or host:port.
CLAMD = env.clamd("SAFEGUARD_CLAMD")
REPORT_KEPT_DAYS = 30

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "safeguard.formats"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "safeguard.static.HashedStatic"
    },
}
WHITENOISE_USE_FINDERS = TESTING

# Logs carry ids, never names or text: our own loggers write keys of rows, and Django's request
# logger writes paths, which hold random ids only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "safeguard.logs.NamesNobody",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
    },
}
# E031: without https there are no passkeys, since browsers offer none; all else works.
SILENCED_SYSTEM_CHECKS = ["axes.W003", "otp_webauthn.E031"]
