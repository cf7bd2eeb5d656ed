"""Addresses of getting in and out."""

from django.urls import path

from accounts import (
    views,
    views_authenticator,
    views_people,
    views_rights,
    views_roles,
    views_screen,
    views_sessions,
    views_staff_import,
)

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("session-ended/", views.session_ended, name="session-ended"),
    path("choose-school/", views.choose_school, name="choose-school"),
    path("reset-password/", views.reset_password, name="reset-password"),
    path("reset-password/sent/", views.reset_password_sent, name="reset-password-sent"),
    path(
        "choose-password/<uidb64>/<token>/",
        views.choose_password,
        name="choose-password",
    ),
    path("elevate/", views_authenticator.elevate, name="elevate"),
    path("elevate/end/", views_authenticator.drop_elevation, name="drop-elevation"),
    path("authenticator/", views_authenticator.enrol_authenticator, name="enrol-authenticator"),
    path("my-sessions/", views_sessions.my_sessions, name="my-sessions"),
    path("my-sessions/end-others/", views_sessions.end_other_sessions, name="end-other-sessions"),
    path("my-sessions/<uuid:pk>/end/", views_sessions.end_session, name="end-session"),
    path("lock/", views_screen.blank_screen, name="blank-screen"),
    path("unlock/", views_screen.unlock, name="unlock"),
    path("keep-alive/", views_screen.keep_alive, name="keep-alive"),
    path("school/people/", views_people.people_list, name="people"),
    path("school/people/add/", views_people.add_person, name="add-person"),
    path("school/people/import/", views_staff_import.import_staff, name="import-staff"),
    path("school/people/<uuid:pk>/", views_people.person, name="person"),
    path("school/people/<uuid:pk>/change/", views_people.change_person, name="change-person"),
    path("school/people/<uuid:pk>/end/", views_people.end_person, name="end-person"),
    path("school/people/<uuid:pk>/unlock/", views_people.unlock_person, name="unlock-person"),
    path(
        "school/people/<uuid:pk>/sign-out/",
        views_people.end_persons_sessions,
        name="end-persons-sessions",
    ),
    path("school/people/<uuid:pk>/link/", views_people.send_link, name="send-link"),
    path("school/people/<uuid:pk>/roles/give/", views_roles.give_role, name="give-role"),
    path("school/roles/", views_roles.role_list, name="roles"),
    path("school/roles/<uuid:pk>/end/", views_roles.end_role, name="end-role"),
    path("school/roles/proposed/<uuid:pk>/", views_roles.decide_role, name="decide-role"),
    path("school/rights/", views_rights.rights_page, name="rights"),
    path("school/rights/<slug:role>/", views_rights.withhold_rights, name="withhold-rights"),
    path("school/cover/", views_rights.cover, name="cover"),
    path("school/cover/arrange/", views_rights.arrange_cover, name="arrange-cover"),
    path("school/cover/<uuid:pk>/end/", views_rights.end_cover, name="end-cover"),
]
