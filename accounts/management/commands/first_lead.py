"""Give a new school its first DSL or its first head, from the server's console (SR-06)."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.models import PasswordResetRequest, School, User
from accounts.permissions import Role
from accounts.roles import grant_role
from accounts.viewer import system_viewer
from safeguard import outbox, walls
from safeguard.models import Outbox

FIRST = (Role.DSL, Role.HEAD)


class Command(BaseCommand):
    help = (
        "Gives a school its first DSL or its first headteacher, who are mailed a link by which they"
        " choose a password. Once somebody holds the role, it is given on the pages, by two people,"
        " and this command refuses."
    )

    def add_arguments(self, parser):
        parser.add_argument("school", metavar="SCHOOL", help="the school's short name (slug)")
        parser.add_argument("role", choices=[role.value for role in FIRST])
        parser.add_argument("email", metavar="ADDRESS")
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--job-title", default="")

    def handle(self, *args, **options):
        """Give the role and ask for the link; or say why not."""
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an e-mail address.") from error
        school = School.objects.filter(slug=options["school"]).first()
        if school is None:
            raise CommandError(f"There is no school {options['school']}.")
        with walls.acting_in(school.pk):
            user = self.begin(school, Role(options["role"]), options)
        self.stdout.write(f"{user.name} holds the role. The link is on its way to {user.email}.")

    @transaction.atomic
    def begin(self, school: School, role: Role, options: dict) -> User:
        """Give the role to somebody, new or known, while nobody at the school holds it."""
        School.objects.select_for_update(no_key=True).get(pk=school.pk)
        if User.objects.holding([role], school, timezone.localdate()).exists():
            raise CommandError(
                f"{school} has somebody in this role: {role.label}. Now two people give it, under"
                " School, “Safeguarding roles”."
            )
        user = User.objects.with_address(options["email"]).first()
        if user is None:
            user = User.objects.create_user(email=options["email"], name=options["name"])
        by = system_viewer(school)
        today = timezone.localdate()
        grant_role(by=by, user=user, role=role, job_title=options["job_title"], starts_on=today)
        if not user.has_usable_password():
            asked = PasswordResetRequest.objects.create(user=user, invited_by=by.user)
            outbox.put(Outbox.Kind.PASSWORD_RESET, [asked.pk], school=None)
        return user
