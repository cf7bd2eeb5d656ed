"""Gives the first holders of a school the codes with which they set their authenticators up."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import codes
from accounts.holders import has_factor, uses_authenticator
from accounts.models import User
from accounts.services import schools_of
from accounts.viewer import system_viewer
from ledger.access import record_access
from safeguard import walls


class Command(BaseCommand):
    help = (
        "Prints a code with which a person may set up an authenticator within 24 hours. For a "
        "school's first holders: afterwards they give codes to each other on “Authenticators”."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="the person's school e-mail address")

    def handle(self, *args, email: str, **options):
        """Print the code once; nothing that is stored gives it back."""
        user = User.objects.with_address(email).filter(is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody with the address {email} has an account.")
        today, now = timezone.localdate(), timezone.now()
        schools = [s for s in schools_of(user, today) if uses_authenticator(user, s, today)]
        if not schools:
            raise CommandError(f"{user.name} has no role that uses an authenticator.")
        if has_factor(user):
            raise CommandError(f"{user.name} has an authenticator already.")
        with walls.acting_in(schools[0].pk):
            by = system_viewer(schools[0])
            given = codes.issue_enrolment_code(by=by, user=user, now=now)
            record_access(by, "authenticator.code_given", target=user.pk, detail="on the console")
        self.stdout.write(given.code)
        self.stdout.write(
            f"For {user.name}, until {timezone.localtime(given.expires_at):%A at %H:%M}. Hand it "
            "over in person; it works once, with their password, and is not shown again."
        )
