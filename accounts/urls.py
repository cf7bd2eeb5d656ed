"""Addresses of getting in and out."""

from django.urls import path

from accounts import views, views_authenticator, views_screen, views_sessions

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
]
