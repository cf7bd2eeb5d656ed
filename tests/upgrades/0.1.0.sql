-- What a Safeguard 0.1.0 holds after a small invented story: rows only, to be put
-- into the tables of that version. Nobody in it exists. Made by script/release-fixture
-- from the code of that version, and never made again: later versions must carry it on.

-- migration accounts 0002_append_only
-- migration auth 0012_alter_user_first_name_max_length
-- migration axes 0010_accessattemptexpiration
-- migration contenttypes 0002_remove_content_type_name
-- migration incidents 0002_append_only
-- migration ledger 0002_append_only
-- migration pupils 0002_append_only
-- migration reports 0002_append_only
-- migration safeguard 0002_outbox
-- migration sessions 0001_initial

INSERT INTO accounts_authenticator ("id", "name", "confirmed", "throttling_failure_timestamp", "throttling_failure_count", "created_at", "last_used_at", "sealed_secret", "last_step", "user_id") VALUES
  ('1', 'Authenticator app', 'true', NULL, '0', '2026-10-05 08:01:00+00', NULL, E'\\x018fd0a182b29064185bdcfcd4065d840fe3836fdc556783138591d88fd0db6c28dd5c141e45b0d40c0300d851f98a94d8', '-1', '950e1a21-8880-4b2c-848a-28171552a9e8');
SELECT setval('public.accounts_authenticator_id_seq', (SELECT max(id) FROM accounts_authenticator));

INSERT INTO accounts_membership ("id", "role", "job_title", "starts_on", "ends_on", "user_id", "school_id") VALUES
  ('d729b45c-36d1-406f-bd2e-ffb96f5ef756', 'teacher', 'Teaching staff', '2000-01-01', NULL, 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('070fa78c-5241-46df-8bd9-0ed8d23c68fb', 'teacher', 'Teaching staff', '2000-01-01', NULL, '6a0bd9e2-27f9-400a-a3d8-30c86046151a', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('2ac347ee-62ae-4943-96f8-c9f9a9dddc05', 'support', 'Support staff', '2000-01-01', NULL, '0530d605-9fed-4ad1-af66-4685867c7cb4', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('cc32fed8-2052-4c3c-85db-03456ba2bdda', 'dsl', 'Designated safeguarding lead', '2000-01-01', NULL, '950e1a21-8880-4b2c-848a-28171552a9e8', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('aa0dc246-5f84-48a3-ab08-da0aa65940ad', 'deputy_dsl', 'Deputy DSL', '2000-01-01', NULL, '466860bf-444c-42f0-845f-ac8e867340e6', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('1de76448-6fed-4d68-b99b-d81a5657c4aa', 'head', 'Headteacher', '2000-01-01', NULL, 'f3a4a6ef-eb9e-4068-91e7-f3c6bb1e9a71', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('995979f6-0261-4c06-8a00-6b7222c290e7', 'slt', 'Senior leadership team', '2000-01-01', NULL, '56d892a2-1831-450b-ae03-587a84acd737', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('488eb251-8d76-4abd-acfc-af7c135b22f8', 'pastoral', 'Pastoral or behaviour lead', '2000-01-01', NULL, '6357c27d-0e2e-47f8-98f5-298334a9c11b', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('12f9057b-2247-4e4a-8e39-a65aadb66729', 'senco', 'SENCO', '2000-01-01', NULL, 'ac021db5-156b-4a4a-af2c-9d0fb3a54301', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('c175e0d0-8b31-4c84-aff5-73e0a4e07c33', 'governor', 'Governor', '2000-01-01', NULL, 'd2076756-d9bd-4dbc-a13a-cdcc894d7796', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('f86502e9-db3d-4cf1-b14f-affad9bf7047', 'data_manager', 'Data manager', '2000-01-01', NULL, 'cc15bf0c-5029-4370-b7bb-c97ce7b0a6a3', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('d6c8be83-0bfd-483b-9f35-05fca4b8817b', 'it_admin', 'IT administrator', '2000-01-01', NULL, 'bf17a6b9-8b20-49aa-a8b7-45eaf17a8891', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('75cf36a0-a779-468e-8063-3415df6e6303', 'dsl', 'Designated safeguarding lead', '2000-01-01', NULL, '86ca7f10-2676-4727-aa41-2cda61f1cb0f', 'eb1e76fb-9002-4170-9658-13e99c75cdc8'),
  ('113fbe5a-16bc-4073-8b80-6dfc4035ca0b', 'teacher', 'Teaching staff', '2000-01-01', NULL, '5677b088-71d2-47b0-b833-961c71f52f4a', 'eb1e76fb-9002-4170-9658-13e99c75cdc8');

INSERT INTO accounts_passwordresetrequest ("id", "recorded_at", "address", "user_id") VALUES
  ('c81edb0f-3c2e-469d-a732-10551d3e9c6d', '2026-10-05 08:01:00+00', '192.0.2.7/32', '6a0bd9e2-27f9-400a-a3d8-30c86046151a');

INSERT INTO accounts_school ("id", "name", "slug", "phase", "trust_name", "emergency_instruction", "lead_name_and_room", "lead_telephone", "idle_minutes") VALUES
  ('914435e2-0f04-48e9-a7dc-5bad8153a327', 'Oak Lane Primary', 'oak-lane', 'primary', 'Two Trees Trust', 'If a child is in danger now, ring 999, then find the DSL.', 'Dee Okafor, room 4', '01632 960 123', '10'),
  ('eb1e76fb-9002-4170-9658-13e99c75cdc8', 'Elm Park Academy', 'elm-park', 'secondary', 'Two Trees Trust', 'If a child is in danger now, ring 999, then find the DSL.', 'Dee Okafor, room 4', '01632 960 123', '10');

INSERT INTO accounts_sessionstate ("id", "began_at", "last_activity", "locked_at", "elevated_at", "elevated_until", "ended_at", "school_id", "user_id") VALUES
  ('cd6db9a1-4408-41d3-9929-324348e2edc2', '2026-10-05 08:01:00+00', '2026-10-05 08:01:00+00', NULL, NULL, NULL, NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3'),
  ('c2083ae1-5b5f-4d7a-b434-d274c39f5a95', '2026-10-05 08:01:00+00', '2026-10-05 08:01:00+00', NULL, '2026-10-05 08:01:00+00', '2026-10-05 08:11:00+00', NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8');

INSERT INTO accounts_user ("password", "last_login", "id", "email", "name", "is_active", "is_system") VALUES
  ('!NY7H4Em2pJPqnqItjMHRb8CnRlvSWUVk7wqGtimv', NULL, '6a0bd9e2-27f9-400a-a3d8-30c86046151a', 'eli@oak-lane.example.org', 'Eli Moore', 'true', 'false'),
  ('!LeG2zrKiyq0f2z5LjAGEhwXwNtV2HorCoZqkl2hd', NULL, '0530d605-9fed-4ad1-af66-4685867c7cb4', 'tess@oak-lane.example.org', 'Tess Bell', 'true', 'false'),
  ('!GhzNYKH1JnFDt8BsssILP3b8n6CHoyjvbUJZDezk', NULL, '950e1a21-8880-4b2c-848a-28171552a9e8', 'dee@oak-lane.example.org', 'Dee Okafor', 'true', 'false'),
  ('!8raG2cwPWfrkcgF8160dzIPfREznALtE7FAYMspe', NULL, '466860bf-444c-42f0-845f-ac8e867340e6', 'dan@oak-lane.example.org', 'Dan Price', 'true', 'false'),
  ('!LP4Nd5nx3M6A894Ntje701VPdvveuvcTb6EifjCe', NULL, 'f3a4a6ef-eb9e-4068-91e7-f3c6bb1e9a71', 'hal@oak-lane.example.org', 'Hal Grant', 'true', 'false'),
  ('!l6VyWKxL2DI3yi1qNcn18ERRDfSA3r0lyXicCYkr', NULL, '56d892a2-1831-450b-ae03-587a84acd737', 'sal@oak-lane.example.org', 'Sal Reed', 'true', 'false'),
  ('!PSgVBa9WZG18y5Zd4WQkxoO6Pn1NIUCCvpqmM45n', NULL, '6357c27d-0e2e-47f8-98f5-298334a9c11b', 'pat@oak-lane.example.org', 'Pat Lowe', 'true', 'false'),
  ('!CVJ36iguWz8mmKzLJbrnCMoa16SNXc7NTSZ4DaaM', NULL, 'ac021db5-156b-4a4a-af2c-9d0fb3a54301', 'sen@oak-lane.example.org', 'Sen Hart', 'true', 'false'),
  ('!8BpabtAOwsJjgA5j2RWOUHzR9s9il93EwqslonLO', NULL, 'd2076756-d9bd-4dbc-a13a-cdcc894d7796', 'gus@oak-lane.example.org', 'Gus Field', 'true', 'false'),
  ('!IzN5WjdeBIsF9GsRZuyke7scXHpjv4XdgvpZEoA4', NULL, 'cc15bf0c-5029-4370-b7bb-c97ce7b0a6a3', 'max@oak-lane.example.org', 'Max Shaw', 'true', 'false'),
  ('!vxhWDmWB52FAh3kG5ddQuw9aFrtMpZDJtOjYWJOw', NULL, 'bf17a6b9-8b20-49aa-a8b7-45eaf17a8891', 'ivy@oak-lane.example.org', 'Ivy Stone', 'true', 'false'),
  ('!XrOqjLFziN4Nvw2HdUGRSxvIvpvPr7fkbLJBuf84', NULL, '86ca7f10-2676-4727-aa41-2cda61f1cb0f', 'una@elm-park.example.org', 'Una Frost', 'true', 'false'),
  ('!f8YGtPiL5AjbPm22SOhgTAjaa6N1krxgXrJ5Ot7p', NULL, '5677b088-71d2-47b0-b833-961c71f52f4a', 'tom@elm-park.example.org', 'Tom Gale', 'true', 'false'),
  ('', NULL, 'cb0f533a-3c9c-4e31-8ff4-fefd30ff3633', 'system@safeguard.invalid', 'Safeguard (automatic)', 'false', 'true'),
  ('argon2$argon2id$v=19$m=19456,t=2,p=1$cEJ2SjloMmlSZEtJUldXa3N0eWFHbA$irVLf+IX+Amvari+jKlhk2wRqbsryVvxMpBoyYKzpGU', '2026-10-05 08:01:00+00', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', 'ada@oak-lane.example.org', 'Ada Teach', 'true', 'false');

INSERT INTO axes_accessattempt ("id", "user_agent", "ip_address", "username", "http_accept", "path_info", "attempt_time", "get_data", "post_data", "failures_since_start") VALUES
  ('2', '<unknown>', '127.0.0.1/32', 'eli@oak-lane.example.org', '<unknown>', '/sign-in/', '2026-10-05 08:00:00+00', '', 'username=********************
password=********************', '1');
SELECT setval('public.axes_accessattempt_id_seq', (SELECT max(id) FROM axes_accessattempt));

INSERT INTO axes_accessattemptexpiration ("access_attempt_id", "expires_at") VALUES
  ('2', '2026-11-25 23:02:01.485221+00');

INSERT INTO axes_accesslog ("id", "user_agent", "ip_address", "username", "http_accept", "path_info", "attempt_time", "logout_time", "session_hash") VALUES
  ('1', '<unknown>', '127.0.0.1/32', 'ada@oak-lane.example.org', '<unknown>', '/sign-in/', '2026-10-05 08:01:00+00', NULL, '16ff80228007f88b13b4534880c0493bed2142b9928a341432323604becff085');
SELECT setval('public.axes_accesslog_id_seq', (SELECT max(id) FROM axes_accesslog));

INSERT INTO django_session ("session_key", "session_data", "expire_date") VALUES
  ('ddvs8d6bu8r2lbhdj3hvotsdwu7k1jj3', '.eJxVjDFuwzAMRe-iOTJEirKkjtlzBoMUpdhtYQORMwW9e20gQ7v85b_3Xmbi5z5Pz14f06Lmw3D2CihqnVKzlEKzUmC0rWDxmp2IenP5qwmXr7qern7yet-Gsq37Y5HhRIb324fbpvX7-mb_BWbu82G3FNWH6AIIEBNSYowiY0aHjBVDO5c4VXAxYaTI5AgCJwhFKB7RXntftnXqO-_1SBYdVTKDJXLJEqi3OWO2HslTqli1oPn5Be9wUBo:1xWLlV:indMXKZMG1nVK2MK2IRvFbVr-rSqhqtXCb5GRsf5LDA', '2026-10-05 20:01:00+00');

INSERT INTO incidents_acknowledgement ("id", "recorded_at", "by_id", "alert_id") VALUES
  ('accdbf47-37ce-4300-80a7-ef16997fd219', '2026-10-05 08:40:00+00', '950e1a21-8880-4b2c-848a-28171552a9e8', '463d3de0-a162-4021-a175-a90c0406e312'),
  ('7bfb7c5b-6a18-49e6-a1f1-20c6200283e7', '2026-10-06 06:40:00+00', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', '74f25611-aefc-4329-ae58-f2867d16e5c2');

INSERT INTO incidents_action ("id", "recorded_at", "submission", "kind", "occurred_at", "narrative", "decision", "reasons", "impact", "author_id", "agency_id", "incident_id") VALUES
  ('441afcf2-180f-4e52-9ac2-082732336b0f', '2026-10-05 10:40:00+00', '63b4471f-45cc-43f8-9680-ad02ba2db710', 'update', '2026-10-05 10:30:00+00', E'Update, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('3cee5152-ea79-4839-ab06-10fe1f5c1cd0', '2026-10-05 12:40:00+00', '2b74af53-1704-41e8-ac69-dc2d75bf5184', 'question', '2026-10-05 12:30:00+00', E'Question, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('340a9e19-07b8-4575-a2e3-b749a3399be9', '2026-10-05 14:40:00+00', '7c14bed9-2570-4e29-a9a2-6085835d67d2', 'answer', '2026-10-05 14:30:00+00', E'Answer, said “O’Neill” & \\ Müller.
Second line.', '', '', '', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('fd023d8c-7a98-49ee-8481-5ea099cbc6ae', '2026-10-05 16:40:00+00', '23caa106-60b1-4683-9f9a-073d32992074', 'parent_contact', '2026-10-05 16:30:00+00', E'Contact with parent or carer, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('e26f3f74-3952-4678-8331-99c8285e3dee', '2026-10-05 18:40:00+00', '1e586910-0783-4c98-b0ac-ef49496e932a', 'agency_contact', '2026-10-05 18:30:00+00', E'Contact with an agency, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('061d626a-7766-4bda-bafd-2fc841ca17c5', '2026-10-05 20:40:00+00', '52a5e424-aa21-4894-a89c-3dba6417dc19', 'decision', '2026-10-05 20:30:00+00', E'Decision, said “O’Neill” & \\ Müller.
Second line.', 'referral_made', 'Third hungry Monday in a row.', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('e6f1e3d9-781f-490e-b6c5-5d89b26532e5', '2026-10-05 22:40:00+00', '2a919a93-f65e-4c15-a17d-a03ea320d186', 'referral', '2026-10-05 22:30:00+00', E'Referral, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', '4d10844e-360e-4911-9f72-5f6d8ce66ece', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('a1f11b6d-0819-4ec2-91cc-8b520ee0e815', '2026-10-06 00:40:00+00', 'd6f243e8-ba0f-4056-b4b1-fbea6600b5c3', 'outcome', '2026-10-06 00:30:00+00', E'Outcome, said “O’Neill” & \\ Müller.
Second line.', '', '', 'Sam eats at home again.', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('12bb2030-0581-4dde-bf00-fd8bc0c5caae', '2026-10-06 02:40:00+00', '798f4b2a-f901-4f63-b3fe-65689fefbe90', 'correction', '2026-10-06 02:30:00+00', E'Correction, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('f95f042e-1e00-4467-9ae3-fc15d08a299f', '2026-10-06 04:40:00+00', '56e59de3-dc14-4c12-a46b-21b609009fc3', 'mistake', '2026-10-06 04:40:00+00', 'It was Tuesday.', '', '', '', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('022536d4-efb8-4c32-9451-6d0e0c1080e1', '2026-10-06 06:40:00+00', '91eabdd7-07c0-4aa7-85d9-575c6d3b4bad', 'message_to_reporter', '2026-10-06 06:30:00+00', E'Message to the person who reported, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('5a1d2caa-5c43-47e0-8f41-c6d22759ea3d', '2026-10-06 08:40:00+00', '6e104c36-6906-4066-b4d0-48549042c8b9', 'closed', '2026-10-06 08:30:00+00', E'Closed, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('1cdfb381-76da-41cd-8fd8-e226187e4159', '2026-10-06 10:40:00+00', 'c892fff4-4d43-4bb6-a3f9-de30ea9fa11f', 'reopened', '2026-10-06 10:30:00+00', E'Opened again, said “O’Neill” & \\ Müller.
Second line.', '', '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('3e58f209-3e53-4292-ba30-26b796065a3e', '2026-10-07 10:40:00+00', '19ed5da7-91e1-47ba-9353-1ab1b7842e38', 'update', '2026-10-07 10:30:00+00', 'Spoke with Sam at lunch.', '', '', '', '466860bf-444c-42f0-845f-ac8e867340e6', NULL, 'b97a3947-1e5b-4c39-a541-44a587501daa');

INSERT INTO incidents_agency ("id", "name", "retired_on", "school_id") VALUES
  ('4d10844e-360e-4911-9f72-5f6d8ce66ece', 'Children’s social care', NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO incidents_alert ("id", "recorded_at", "because", "action_id", "recipient_id", "incident_id") VALUES
  ('d5d225fe-7b41-4655-b83e-746929fcc6df', '2026-10-05 08:36:00+00', 'always', NULL, '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('463d3de0-a162-4021-a175-a90c0406e312', '2026-10-05 08:36:00+00', 'always', NULL, '950e1a21-8880-4b2c-848a-28171552a9e8', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('44387b36-53a0-4d16-ac22-f7bbada6c88f', '2026-10-05 08:36:00+00', 'named', NULL, '0530d605-9fed-4ad1-af66-4685867c7cb4', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('d050dacb-b329-4c1d-acbc-0f60b0fc6af9', '2026-10-05 10:40:00+00', 'always', '441afcf2-180f-4e52-9ac2-082732336b0f', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('0f4af92b-28b8-4fab-b855-ed19f7e87944', '2026-10-05 12:40:00+00', 'always', '3cee5152-ea79-4839-ab06-10fe1f5c1cd0', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('1270c890-a62b-41ea-bb98-b72386c02a8d', '2026-10-05 14:40:00+00', 'always', '340a9e19-07b8-4575-a2e3-b749a3399be9', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('103d276a-6e71-42b2-bff8-8677b85b0ad5', '2026-10-05 14:40:00+00', 'always', '340a9e19-07b8-4575-a2e3-b749a3399be9', '950e1a21-8880-4b2c-848a-28171552a9e8', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('6f3e275e-27fe-49b6-9a8b-b425bab2574b', '2026-10-05 16:40:00+00', 'always', 'fd023d8c-7a98-49ee-8481-5ea099cbc6ae', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('2157ef02-f6e8-4041-b8f3-e57c4879d220', '2026-10-05 18:40:00+00', 'always', 'e26f3f74-3952-4678-8331-99c8285e3dee', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('f9f3b5f4-4ccd-472f-bfb9-95e3691c29dd', '2026-10-05 20:40:00+00', 'always', '061d626a-7766-4bda-bafd-2fc841ca17c5', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('53532cfb-2aaa-477b-90f7-e4897b6c1f69', '2026-10-05 22:40:00+00', 'always', 'e6f1e3d9-781f-490e-b6c5-5d89b26532e5', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('75fedb37-7e41-4387-b6ce-12231d0b4052', '2026-10-06 00:40:00+00', 'always', 'a1f11b6d-0819-4ec2-91cc-8b520ee0e815', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('b5282a2c-9ed1-497f-be88-17ae0c6ca73b', '2026-10-06 02:40:00+00', 'always', '12bb2030-0581-4dde-bf00-fd8bc0c5caae', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('92c4ae2b-d6f2-4b7c-bd17-16a2dbbf8f30', '2026-10-06 04:40:00+00', 'mistake', 'f95f042e-1e00-4467-9ae3-fc15d08a299f', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('93d0bd22-b7b9-4cc7-b630-483f81f49827', '2026-10-06 04:40:00+00', 'mistake', 'f95f042e-1e00-4467-9ae3-fc15d08a299f', 'f3a4a6ef-eb9e-4068-91e7-f3c6bb1e9a71', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('93b69631-c497-409e-8026-1787dc8d9b54', '2026-10-06 06:40:00+00', 'always', '022536d4-efb8-4c32-9451-6d0e0c1080e1', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('74f25611-aefc-4329-ae58-f2867d16e5c2', '2026-10-06 06:40:00+00', 'reporter', '022536d4-efb8-4c32-9451-6d0e0c1080e1', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('152bb339-dc7e-4a77-8d8c-6ce5779bb3de', '2026-10-06 08:40:00+00', 'always', '5a1d2caa-5c43-47e0-8f41-c6d22759ea3d', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('76c538fa-1e94-4327-9665-f3e8d6deffc8', '2026-10-06 10:40:00+00', 'always', '1cdfb381-76da-41cd-8fd8-e226187e4159', '466860bf-444c-42f0-845f-ac8e867340e6', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('fefc69bf-e1e5-473d-8fe5-526dbde94cca', '2026-10-07 10:40:00+00', 'always', NULL, '466860bf-444c-42f0-845f-ac8e867340e6', 'b97a3947-1e5b-4c39-a541-44a587501daa'),
  ('6ecf2ef4-5182-4a40-989d-7a2e14b8511d', '2026-10-07 10:40:00+00', 'always', NULL, '950e1a21-8880-4b2c-848a-28171552a9e8', 'b97a3947-1e5b-4c39-a541-44a587501daa'),
  ('5cf0748b-a2ff-4f64-9bce-5dc94528b5e1', '2026-10-07 10:40:00+00', 'always', '3e58f209-3e53-4292-ba30-26b796065a3e', '950e1a21-8880-4b2c-848a-28171552a9e8', 'b97a3947-1e5b-4c39-a541-44a587501daa'),
  ('17ae9e1e-3534-44f3-af44-ca8a9fc1550d', '2026-10-07 11:40:00+00', 'always', NULL, '86ca7f10-2676-4727-aa41-2cda61f1cb0f', '5876285f-aabd-478e-8ac6-dd8d1cc87d68');

INSERT INTO incidents_alertgroup ("id", "name", "purpose", "roles", "retired_on", "school_id") VALUES
  ('e1629d03-ade6-4ef6-b675-e560349ec5a9', 'Safeguarding team', 'always', '{dsl,deputy_dsl}', NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('21fbc1d1-2389-4b1c-9285-dc644566ada2', 'Safeguarding team', 'always', '{dsl,deputy_dsl}', NULL, 'eb1e76fb-9002-4170-9658-13e99c75cdc8'),
  ('2f8525c9-0c8b-4da2-b71d-2a9bca25f72e', 'Site leads', 'site_leads', '{deputy_dsl}', NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO incidents_alertgroup_members ("id", "alertgroup_id", "user_id") VALUES
  ('1', '2f8525c9-0c8b-4da2-b71d-2a9bca25f72e', 'f3a4a6ef-eb9e-4068-91e7-f3c6bb1e9a71');
SELECT setval('public.incidents_alertgroup_members_id_seq', (SELECT max(id) FROM incidents_alertgroup_members));

INSERT INTO incidents_attachment ("id", "recorded_at", "name", "content_type", "size", "sha256", "stored_as", "action_id", "incident_id") VALUES
  ('be886101-a648-423a-9da2-914ff83586ea', '2026-10-05 08:36:00+00', 'coat.png', 'image/png', '33', '789b7aea0d800df21a3b16883f00dec1833e0794dcc33dbc449716c034c2b673', 'f52d5e9edb3372b8895ebe48ce9a9749df8994a07a6efd2684e2fb9ab3b44f77', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('30fa8b5f-ace7-4e3a-8985-9e878b20b75a', '2026-10-07 10:40:00+00', 'note.txt', 'text/plain; charset=utf-8', '12', 'a4df42ca3897fc7f8d848a23b6f07c3329b1a738917d7faebe526db1151279d3', '10b338180daa6c27029e4d12aa67ce4ca467bfe77a196add654c7b28770d1b05', '3e58f209-3e53-4292-ba30-26b796065a3e', 'b97a3947-1e5b-4c39-a541-44a587501daa');

INSERT INTO incidents_category ("id", "name", "discreet_label", "colour", "position", "retired_on", "parent_id", "school_id") VALUES
  ('306ee38c-4ff4-403a-b415-7b06468b5160', 'Home and family', 'Wellbeing', '7', '0', NULL, NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('58876a17-1071-42af-87d8-d46c1e4273a5', 'Young carer', '', '7', '0', NULL, '306ee38c-4ff4-403a-b415-7b06468b5160', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('0538a36c-a863-47c9-a198-6c7be9af1968', 'Online', '', '4', '1', NULL, NULL, '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('abcb3e02-14d9-4a0a-8bdd-4d4d7f4fff79', 'Online', '', '4', '0', NULL, NULL, 'eb1e76fb-9002-4170-9658-13e99c75cdc8');

INSERT INTO incidents_categorygrant ("id", "role", "category_id", "school_id") VALUES
  ('3deac7f4-b523-4f50-a4b1-0b271b608ad2', 'pastoral', '0538a36c-a863-47c9-a198-6c7be9af1968', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('670f667f-4186-47dc-aa02-b749b7bd8be9', 'deputy_dsl', '306ee38c-4ff4-403a-b415-7b06468b5160', '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO incidents_draft ("id", "sealed", "begun_at", "saved_at", "author_id", "school_id") VALUES
  ('ba27b35e-f15c-40fc-a4e3-500f4043ecf0', E'\\x01daaf11533d0761f1c8a9a3c95a28e0a1010a527d7e6a3b23ac9eb2cebf7440abe94989aad51bac8ce59b8a04e512d8b74053b7dd7cc104fcf39320174cc578b4f1c6225ffc8c', '2026-10-07 11:59:00+00', '2026-10-07 11:59:00+00', '6a0bd9e2-27f9-400a-a3d8-30c86046151a', '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO incidents_incident ("id", "recorded_at", "reference", "submission", "occurred_at", "precision", "place", "place_detail", "level", "saw", "told", "told_by", "child_words", "heard", "opinion", "done_already", "parents_told", "parents_detail", "medical", "told_in_person", "pupil_id", "reported_by_id", "school_id") VALUES
  ('332344dd-3604-417a-a9a4-c1a700efd73c', '2026-10-05 08:36:00+00', 'T7D-CPD', '23fcb886-4aa2-4ff9-af75-b486360e2da6', '2026-10-05 07:36:00+00', 'exact', 'dining', 'By the hatch', '3', 'Sam came without a coat and ate two breakfasts at club.', 'There was nothing in the fridge since Friday.', 'Sam', 'Mum says we eat at school now.', 'A neighbour told the office that the gas is off.', 'I think the family is without money again.', 'Breakfast and a coat from lost property.', 'yes', 'Mum rang back at ten and was grateful.', 'None needed.', 'Dee Okafor at 08:50', '8241e937-d051-44d0-b5cf-694b503aa659', 'a93d12bd-0d4f-485f-bc16-fc2c3d90bbd3', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('b97a3947-1e5b-4c39-a541-44a587501daa', '2026-10-07 10:40:00+00', 'WCQ-HC4', 'fc653579-21b7-4fc3-99d4-7708e8c725ec', '2026-10-07 09:40:00+00', 'day', '', '', '1', 'Sam was crying in the corridor.', '', '', '', '', '', '', '', '', '', '', '99747935-2dc3-49f2-9dd8-942ae0292025', '6a0bd9e2-27f9-400a-a3d8-30c86046151a', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('5876285f-aabd-478e-8ac6-dd8d1cc87d68', '2026-10-07 11:40:00+00', 'MPZ-HAX', '9e33bf8b-e6e1-4ed0-8fc1-214eac159fd9', '2026-10-07 10:40:00+00', 'exact', '', '', '2', 'Sam was crying in the corridor.', '', '', '', '', '', '', '', '', '', '', 'cfb109f9-79f6-49b0-9934-b781f8f8955d', '5677b088-71d2-47b0-b833-961c71f52f4a', 'eb1e76fb-9002-4170-9658-13e99c75cdc8');

INSERT INTO incidents_incidentagency ("id", "recorded_at", "wording", "agency_id", "incident_id") VALUES
  ('5a6d6ce9-051d-4aaf-8be4-3a21434fad40', '2026-10-05 08:36:00+00', 'Children’s social care', '4d10844e-360e-4911-9f72-5f6d8ce66ece', '332344dd-3604-417a-a9a4-c1a700efd73c');

INSERT INTO incidents_incidentcategory ("id", "recorded_at", "wording", "colour", "category_id", "incident_id") VALUES
  ('cb8e2a40-e194-4b07-ab37-8bd11484319f', '2026-10-05 08:36:00+00', 'Home and family', '7', '306ee38c-4ff4-403a-b415-7b06468b5160', '332344dd-3604-417a-a9a4-c1a700efd73c'),
  ('f020d634-87c9-41c3-af89-eb85f2522812', '2026-10-07 10:40:00+00', 'Home and family', '7', '306ee38c-4ff4-403a-b415-7b06468b5160', 'b97a3947-1e5b-4c39-a541-44a587501daa'),
  ('d80c3186-fada-4679-b5ad-cf5ca9d4e04b', '2026-10-07 11:40:00+00', 'Online', '4', 'abcb3e02-14d9-4a0a-8bdd-4d4d7f4fff79', '5876285f-aabd-478e-8ac6-dd8d1cc87d68');

INSERT INTO incidents_linkedpupil ("id", "recorded_at", "role", "in_chronology", "incident_id", "pupil_id") VALUES
  ('953480f2-392a-4ec1-9995-d63e0ab4e910', '2026-10-05 08:36:00+00', 'sibling', 'true', '332344dd-3604-417a-a9a4-c1a700efd73c', '99747935-2dc3-49f2-9dd8-942ae0292025');

INSERT INTO incidents_significance ("id", "recorded_at", "significant", "by_id", "incident_id") VALUES
  ('21a11ad1-3abd-44d2-9270-3920cd777ee2', '2026-10-05 08:40:00+00', 'true', '950e1a21-8880-4b2c-848a-28171552a9e8', '332344dd-3604-417a-a9a4-c1a700efd73c');

INSERT INTO incidents_upload ("id", "draft", "name", "content_type", "size", "sha256", "stored_as", "sent_at", "author_id", "school_id") VALUES
  ('332125a2-0e89-4c0c-83da-0b41982f65ac', 'ba27b35e-f15c-40fc-a4e3-500f4043ecf0', 'drawing.png', 'image/png', '33', '789b7aea0d800df21a3b16883f00dec1833e0794dcc33dbc449716c034c2b673', 'db10ff60c8317e86aa526f88638bb0ffcc6dae45643f19672a9d3406404a09f3', '2026-10-07 11:59:00+00', '6a0bd9e2-27f9-400a-a3d8-30c86046151a', '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO ledger_accessentry ("id", "school", "user", "event", "pupil", "target", "page", "elevated", "detail", "recorded_at") VALUES
  ('f77b7b4a-8cfa-4d0b-a224-f51eb8513d1e', '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8', 'incident.read', '8241e937-d051-44d0-b5cf-694b503aa659', '332344dd-3604-417a-a9a4-c1a700efd73c', '', 'true', '', '2026-10-05 08:40:00+00'),
  ('8abf6675-6bc3-4018-938f-7125d5dc2766', '914435e2-0f04-48e9-a7dc-5bad8153a327', '6a0bd9e2-27f9-400a-a3d8-30c86046151a', 'denied:incident.read', NULL, '332344dd-3604-417a-a9a4-c1a700efd73c', 'incident', 'false', '', '2026-10-05 08:40:00+00'),
  ('4de40c9a-500a-46aa-af94-1332bbde60c5', '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8', 'report.asked', '8241e937-d051-44d0-b5cf-694b503aa659', '952b35ed-9afb-40fc-9adf-d349e405bddb', '', 'true', '', '2026-10-07 12:04:00+00'),
  ('51a5ad86-d097-411f-9288-4d8cf4d548b1', '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8', 'report.made', '8241e937-d051-44d0-b5cf-694b503aa659', '952b35ed-9afb-40fc-9adf-d349e405bddb', '', 'true', 'sha256 e381568c6b2f33b72756c7509b62184fa249b46b2dd2620b8a4ae5b2afcf3781', '2026-10-07 12:04:00+00'),
  ('c2a00c59-93a5-4bbd-bc04-b8f76acd19f5', '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8', 'report.asked', '8241e937-d051-44d0-b5cf-694b503aa659', 'd910c5d3-6887-49d7-b5bf-72e3b0ee3a05', '', 'true', '', '2026-10-07 12:09:00+00'),
  ('8c5c1dc4-df32-4a54-a489-cbd04c098850', '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8', 'report.made', '8241e937-d051-44d0-b5cf-694b503aa659', 'd910c5d3-6887-49d7-b5bf-72e3b0ee3a05', '', 'true', 'sha256 d1b989c79ab85247d8b72a2670ff8718a021bac8cbd1b3370d5dd2adbc8a7823', '2026-10-07 12:09:00+00'),
  ('75837c00-babb-4069-b3ae-b295a7939df2', '914435e2-0f04-48e9-a7dc-5bad8153a327', '950e1a21-8880-4b2c-848a-28171552a9e8', 'report.asked', '8241e937-d051-44d0-b5cf-694b503aa659', 'bd417bb4-f88a-4090-a622-ab6fc27c3e4a', '', 'true', '', '2026-10-07 12:14:00+00');

INSERT INTO pupils_contact ("id", "title", "forename", "surname", "relationship", "priority", "parental_responsibility", "telephone", "mobile", "email", "address", "lives_with", "restriction", "language", "pupil_id") VALUES
  ('bd0d4c6b-b87b-4160-9c80-80123a002563', 'Mrs', 'Jo', 'Winter', 'Mother', '1', 'true', '01632 960 456', '', '', '1 Mill Lane, Oakford', 'true', '', '', '8241e937-d051-44d0-b5cf-694b503aa659');

INSERT INTO pupils_importrun ("id", "recorded_at", "source", "file_name", "sha256", "added", "changed", "unchanged", "left_out", "leavers_proposed", "by_id", "school_id") VALUES
  ('1249574b-dfaf-4e48-817b-8c4ee04b6c04', '2026-10-05 08:00:00+00', 'other', 'roll.csv', '15d043ab23dcc65dfeca737f8da8cf15681b188e43ad31e7267c0ad163819879', '2', '0', '0', '0', '0', 'cb0f533a-3c9c-4e31-8ff4-fefd30ff3633', '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO pupils_pupil ("id", "upn", "mis_id", "admission_number", "legal_forename", "legal_surname", "middle_names", "preferred_forename", "preferred_surname", "date_of_birth", "sex", "year_group", "form", "house", "ethnicity", "first_language", "home_language", "sen_provision", "fsm", "ever_fsm6", "pupil_premium", "service_child", "eal", "in_care", "address", "entry_date", "leaving_date", "sort_key", "search_text", "school_id") VALUES
  ('8241e937-d051-44d0-b5cf-694b503aa659', 'Z999400000001', '', '', 'Sam', 'Winter', '', '', '', '2017-05-03', '', '4', '4B', '', '', '', '', '', NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, 'winter sam', 'sam winter 4b', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('99747935-2dc3-49f2-9dd8-942ae0292025', 'N999400000002', '', '', 'Rosa', 'Díaz', '', '', '', '2019-02-17', '', '2', '2A', '', '', '', '', '', NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, 'diaz rosa', 'rosa diaz 2a', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('cfb109f9-79f6-49b0-9934-b781f8f8955d', '', '', '', 'Leo', 'Summers', '', '', '', '2017-05-03', '', '9', '9C', '', '', '', '', '', NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, 'summers leo', 'leo summers 9c', 'eb1e76fb-9002-4170-9658-13e99c75cdc8');

INSERT INTO pupils_statuschange ("id", "recorded_at", "kind", "change", "on_date", "authority", "worker", "note", "by_id", "pupil_id") VALUES
  ('1370ff8d-f66e-4bfc-99f5-de34be55723b', '2026-10-07 11:43:00+00', 'early_help', 'started', '2026-03-02', 'Oakshire Council', 'Priya Nair', 'Visits every second week.', '950e1a21-8880-4b2c-848a-28171552a9e8', '8241e937-d051-44d0-b5cf-694b503aa659'),
  ('da3aeea5-1574-4981-a624-0f0a8dd7d6bf', '2026-10-07 11:46:00+00', 'early_help', 'ended', '2026-09-30', 'Oakshire Council', 'Priya Nair', 'Visits every second week.', '950e1a21-8880-4b2c-848a-28171552a9e8', '8241e937-d051-44d0-b5cf-694b503aa659'),
  ('952e2fac-b60d-47d2-b400-637d97be73cb', '2026-10-07 11:49:00+00', 'child_in_need', 'started', '2026-10-01', 'Oakshire Council', 'Priya Nair', 'Visits every second week.', '950e1a21-8880-4b2c-848a-28171552a9e8', '8241e937-d051-44d0-b5cf-694b503aa659');

INSERT INTO reports_report ("id", "kind", "asked_at", "reason", "from_on", "until_on", "choices", "left_out", "state", "done", "step", "stored_as", "pages", "sha256", "problem", "asked_by_id", "pupil_id", "school_id") VALUES
  ('952b35ed-9afb-40fc-9adf-d349e405bddb', 'chronology', '2026-10-07 12:04:00+00', 'Initial conference on 30 November', NULL, NULL, '{"scope": "all", "levels": [], "wording": "full", "agencies": [], "categories": [], "with_addresses": true, "significant_only": false}', '{}', 'ready', '100', '', '952b35ed9afb40fc9adfd349e405bddb.1', '5', 'e381568c6b2f33b72756c7509b62184fa249b46b2dd2620b8a4ae5b2afcf3781', '', '950e1a21-8880-4b2c-848a-28171552a9e8', '8241e937-d051-44d0-b5cf-694b503aa659', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('d910c5d3-6887-49d7-b5bf-72e3b0ee3a05', 'case_conference', '2026-10-07 12:09:00+00', 'Initial conference on 30 November', NULL, NULL, '{"scope": "all", "levels": [], "wording": "full", "agencies": [], "categories": [], "with_addresses": true, "significant_only": false}', '{}', 'ready', '100', '', 'd910c5d3688749d7b5bf72e3b0ee3a05.1', '12', 'd1b989c79ab85247d8b72a2670ff8718a021bac8cbd1b3370d5dd2adbc8a7823', '', '950e1a21-8880-4b2c-848a-28171552a9e8', '8241e937-d051-44d0-b5cf-694b503aa659', '914435e2-0f04-48e9-a7dc-5bad8153a327'),
  ('bd417bb4-f88a-4090-a622-ab6fc27c3e4a', 'chronology', '2026-10-07 12:14:00+00', 'Initial conference on 30 November', NULL, NULL, '{"scope": "all", "levels": [], "wording": "full", "agencies": [], "categories": [], "with_addresses": true, "significant_only": false}', '{}', 'waiting', '0', '', '', NULL, '', '', '950e1a21-8880-4b2c-848a-28171552a9e8', '8241e937-d051-44d0-b5cf-694b503aa659', '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO reports_reportdraft ("id", "sealed", "saved_at", "author_id", "pupil_id", "school_id") VALUES
  ('80f69fae-eb79-46a6-ad83-3a39656dd5a3', E'\\x01f39980897f963c2567c1124292a6e9b916c0f0231d02be1b90bc46b89bb4bf514209961b0792885ba7795928c56460f9be900d6e371afe01', '2026-10-07 11:59:00+00', 'f3a4a6ef-eb9e-4068-91e7-f3c6bb1e9a71', '8241e937-d051-44d0-b5cf-694b503aa659', '914435e2-0f04-48e9-a7dc-5bad8153a327');

INSERT INTO reports_reportmade ("id", "recorded_at", "sha256", "pages", "size", "incidents", "actions", "by_id", "report_id") VALUES
  ('c6d1b62c-d152-48cd-a2f5-89eaa9062ab6', '2026-10-07 12:04:00+00', 'e381568c6b2f33b72756c7509b62184fa249b46b2dd2620b8a4ae5b2afcf3781', '5', '84938', '{332344dd-3604-417a-a9a4-c1a700efd73c}', '{441afcf2-180f-4e52-9ac2-082732336b0f,3cee5152-ea79-4839-ab06-10fe1f5c1cd0,340a9e19-07b8-4575-a2e3-b749a3399be9,fd023d8c-7a98-49ee-8481-5ea099cbc6ae,e26f3f74-3952-4678-8331-99c8285e3dee,061d626a-7766-4bda-bafd-2fc841ca17c5,e6f1e3d9-781f-490e-b6c5-5d89b26532e5,a1f11b6d-0819-4ec2-91cc-8b520ee0e815,12bb2030-0581-4dde-bf00-fd8bc0c5caae,f95f042e-1e00-4467-9ae3-fc15d08a299f,022536d4-efb8-4c32-9451-6d0e0c1080e1,5a1d2caa-5c43-47e0-8f41-c6d22759ea3d,1cdfb381-76da-41cd-8fd8-e226187e4159}', '950e1a21-8880-4b2c-848a-28171552a9e8', '952b35ed-9afb-40fc-9adf-d349e405bddb'),
  ('d14f7ab3-6495-460b-8bb0-eed98ccb565b', '2026-10-07 12:09:00+00', 'd1b989c79ab85247d8b72a2670ff8718a021bac8cbd1b3370d5dd2adbc8a7823', '12', '137547', '{332344dd-3604-417a-a9a4-c1a700efd73c}', '{441afcf2-180f-4e52-9ac2-082732336b0f,3cee5152-ea79-4839-ab06-10fe1f5c1cd0,340a9e19-07b8-4575-a2e3-b749a3399be9,fd023d8c-7a98-49ee-8481-5ea099cbc6ae,e26f3f74-3952-4678-8331-99c8285e3dee,061d626a-7766-4bda-bafd-2fc841ca17c5,e6f1e3d9-781f-490e-b6c5-5d89b26532e5,a1f11b6d-0819-4ec2-91cc-8b520ee0e815,12bb2030-0581-4dde-bf00-fd8bc0c5caae,f95f042e-1e00-4467-9ae3-fc15d08a299f,022536d4-efb8-4c32-9451-6d0e0c1080e1,5a1d2caa-5c43-47e0-8f41-c6d22759ea3d,1cdfb381-76da-41cd-8fd8-e226187e4159}', '950e1a21-8880-4b2c-848a-28171552a9e8', 'd910c5d3-6887-49d7-b5bf-72e3b0ee3a05');

INSERT INTO reports_reporttext ("id", "recorded_at", "answers", "pupil_id", "report_id", "written_by_id") VALUES
  ('49917f7e-2e2b-44a2-8d97-c29975843b1b', '2026-10-07 12:09:00+00', '{"gp": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about gp by Dee."}, "lead": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about lead by Dee."}, "risk": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about risk by Dee."}, "scale": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "4"}, "change": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about change by Dee."}, "wishes": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about wishes by Dee."}, "history": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about history by Dee."}, "lead_on": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "2026-11-30"}, "meeting": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "initial"}, "support": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about support by Dee."}, "worries": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about worries by Dee."}, "agencies": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about agencies by Dee."}, "progress": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about progress by Dee."}, "household": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about household by Dee."}, "parenting": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about parenting by Dee."}, "strengths": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about strengths by Dee."}, "attendance": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about attendance by Dee."}, "meeting_on": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "2026-11-30"}, "development": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about development by Dee."}, "environment": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about environment by Dee."}, "presentation": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about presentation by Dee."}, "scale_reason": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about scale reason by Dee."}, "shared_child": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about shared child by Dee."}, "participation": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about participation by Dee."}, "recommendation": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about recommendation by Dee."}, "shared_parents": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about shared parents by Dee."}, "shared_child_on": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "2026-11-30"}, "current_concerns": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about current concerns by Dee."}, "engagement_child": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about engagement child by Dee."}, "shared_parents_on": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "2026-11-30"}, "engagement_parents": {"at": "2026-10-07T12:09:00+00:00", "by": "Dee Okafor", "text": "Typed about engagement parents by Dee."}}', '8241e937-d051-44d0-b5cf-694b503aa659', 'd910c5d3-6887-49d7-b5bf-72e3b0ee3a05', '950e1a21-8880-4b2c-848a-28171552a9e8');

INSERT INTO safeguard_outbox ("id", "kind", "key", "put_at", "next_try_at", "tries", "done_at", "last_error") VALUES
  ('04e220b3-9d20-4e58-9e1a-428344efa617', 'password_reset', 'c81edb0f-3c2e-469d-a732-10551d3e9c6d', '2026-10-05 08:01:00+00', '2026-10-05 08:01:00+00', '0', NULL, ''),
  ('9021dde0-606e-4a66-9bfa-1ffebf25befa', 'alert', 'b5282a2c-9ed1-497f-be88-17ae0c6ca73b', '2026-10-06 02:40:00+00', '2026-10-06 02:40:00+00', '0', NULL, ''),
  ('0c98c646-d3d1-4e15-9f56-27da2afb6551', 'alert', '92c4ae2b-d6f2-4b7c-bd17-16a2dbbf8f30', '2026-10-06 04:40:00+00', '2026-10-06 04:40:00+00', '0', NULL, ''),
  ('ec3c311a-2b06-45d6-a748-3c14ab5a20cf', 'alert', '93d0bd22-b7b9-4cc7-b630-483f81f49827', '2026-10-06 04:40:00+00', '2026-10-06 04:40:00+00', '0', NULL, ''),
  ('dc10eadb-792a-463c-a1c6-9ffd8ebedef5', 'alert', '93b69631-c497-409e-8026-1787dc8d9b54', '2026-10-06 06:40:00+00', '2026-10-06 06:40:00+00', '0', NULL, ''),
  ('4e1119e6-417d-4dec-b4ca-1c15015021c3', 'alert', '74f25611-aefc-4329-ae58-f2867d16e5c2', '2026-10-06 06:40:00+00', '2026-10-06 06:40:00+00', '0', NULL, ''),
  ('ce995040-a13b-4dcb-985f-2cea8903c575', 'alert', '152bb339-dc7e-4a77-8d8c-6ce5779bb3de', '2026-10-06 08:40:00+00', '2026-10-06 08:40:00+00', '0', NULL, ''),
  ('f5330144-4665-4c89-a908-8bcc1a9cea19', 'alert', '76c538fa-1e94-4327-9665-f3e8d6deffc8', '2026-10-06 10:40:00+00', '2026-10-06 10:40:00+00', '0', NULL, ''),
  ('51bd89e2-39ab-4ea8-801e-dbb9ae7da042', 'alert', 'fefc69bf-e1e5-473d-8fe5-526dbde94cca', '2026-10-07 10:40:00+00', '2026-10-07 10:40:00+00', '0', NULL, ''),
  ('b1115a38-2b29-433a-8e21-b75b746bf6cd', 'alert', '6ecf2ef4-5182-4a40-989d-7a2e14b8511d', '2026-10-07 10:40:00+00', '2026-10-07 10:40:00+00', '0', NULL, ''),
  ('7e3f1649-5e5e-47d9-9d2c-7a1640a949c7', 'alert', '5cf0748b-a2ff-4f64-9bce-5dc94528b5e1', '2026-10-07 10:40:00+00', '2026-10-07 10:40:00+00', '0', NULL, ''),
  ('56f824e7-707e-4410-a0e3-b5adad11891e', 'alert', '17ae9e1e-3534-44f3-af44-ca8a9fc1550d', '2026-10-07 11:40:00+00', '2026-10-07 11:40:00+00', '0', NULL, ''),
  ('97bf0e37-fc69-4809-85a3-a6af1570950b', 'report', '952b35ed-9afb-40fc-9adf-d349e405bddb', '2026-10-07 12:04:00+00', '2026-10-07 12:05:30+00', '1', '2026-10-07 12:04:00+00', ''),
  ('ad8cdc74-6d24-4cfc-988e-b54317917d93', 'report', 'd910c5d3-6887-49d7-b5bf-72e3b0ee3a05', '2026-10-07 12:09:00+00', '2026-10-07 12:10:30+00', '1', '2026-10-07 12:09:00+00', ''),
  ('dc211050-28a9-49df-aecb-5348e2750ea5', 'report', 'bd417bb4-f88a-4090-a622-ab6fc27c3e4a', '2026-10-07 12:14:00+00', '2026-10-07 12:14:00+00', '0', NULL, ''),
  ('0ac1eded-a0e9-4895-98dd-b96be5790f3e', 'alert', '463d3de0-a162-4021-a175-a90c0406e312', '2026-10-05 08:36:00+00', '2026-10-05 08:36:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('e6534613-a895-49f5-842f-a71dc7afb3bb', 'alert', 'd5d225fe-7b41-4655-b83e-746929fcc6df', '2026-10-05 08:36:00+00', '2026-10-05 08:36:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('eb357a21-fb08-42ba-b3d2-03f3ba0405e6', 'alert', '44387b36-53a0-4d16-ac22-f7bbada6c88f', '2026-10-05 08:36:00+00', '2026-10-05 08:36:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('eaa48ec6-ff5f-40b9-b15b-736f22168b55', 'alert', 'd050dacb-b329-4c1d-acbc-0f60b0fc6af9', '2026-10-05 10:40:00+00', '2026-10-05 10:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('4be07492-b41b-40e7-affb-1bb87d185f18', 'alert', '0f4af92b-28b8-4fab-b855-ed19f7e87944', '2026-10-05 12:40:00+00', '2026-10-05 12:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('5e3cb6c2-ad50-4cfa-8fc0-471719b2dadc', 'alert', '103d276a-6e71-42b2-bff8-8677b85b0ad5', '2026-10-05 14:40:00+00', '2026-10-05 14:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('a10c9098-37b7-435e-85d3-5773dfea2f21', 'alert', '1270c890-a62b-41ea-bb98-b72386c02a8d', '2026-10-05 14:40:00+00', '2026-10-05 14:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('5a373593-4b08-48b7-a9e3-e1e4786aa57a', 'alert', '6f3e275e-27fe-49b6-9a8b-b425bab2574b', '2026-10-05 16:40:00+00', '2026-10-05 16:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('ff05a46c-c077-4fc5-a29c-956915587936', 'alert', '2157ef02-f6e8-4041-b8f3-e57c4879d220', '2026-10-05 18:40:00+00', '2026-10-05 18:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('3d2ebddd-c71c-4960-a9b7-89c52c24626c', 'alert', 'f9f3b5f4-4ccd-472f-bfb9-95e3691c29dd', '2026-10-05 20:40:00+00', '2026-10-05 20:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('3b4ab14d-d1f8-42c3-ba68-295c2898b933', 'alert', '53532cfb-2aaa-477b-90f7-e4897b6c1f69', '2026-10-05 22:40:00+00', '2026-10-05 22:40:00+00', '1', '2026-10-07 12:15:00+00', ''),
  ('eadd4190-34c4-4de2-a277-f846443fb570', 'alert', '75fedb37-7e41-4387-b6ce-12231d0b4052', '2026-10-06 00:40:00+00', '2026-10-07 12:15:10+00', '1', NULL, 'ConnectionRefusedError');
