-- Two recoveries of nvme1 and one of nvme2, as a recorder writes them, less the derived tables.
INSERT INTO session VALUES (1, 1, 1, 1, 1, 1000000000000, 1100000000000, 'db7', '6.12.0 x86_64',
  'nvme-ccr-trace 0.1.0', NULL, 15, 0, 0, 0, 0);
INSERT INTO anchor VALUES (2, 1, 1000000000000, 1000000000000, 1795327848000000000);
INSERT INTO controller (id, session, name, instance, cntlid, transport, address, subsystem, kato_ms,
  reconnect_delay_ms, max_reconnects, ctrl_loss_tmo_ms, cqt_ms)
  VALUES (1, 1, 'nvme1', 1, 2, 'tcp', 'traddr=127.0.0.1,trsvcid=4421',
  'nqn.2014-08.org.example:s1', 5000, 10000, 60, 600000, NULL);
INSERT INTO controller (id, session, name, instance, cntlid, transport, address, subsystem, kato_ms,
  reconnect_delay_ms, max_reconnects, ctrl_loss_tmo_ms, cqt_ms)
  VALUES (2, 1, 'nvme2', 2, 3, 'tcp', 'traddr=127.0.0.1,trsvcid=4422',
  'nqn.2014-08.org.example:s2', 5000, 10000, 60, 600000, NULL);
INSERT INTO event (id, session, ts_ns, ctrl, instance, cpu, type, a, b, text) VALUES
  (3, 1, 1000100000000, 11, 1, 0, 13, 1, 2, NULL),
  (4, 1, 1000100000000, 12, 2, 0, 13, 2, 2, NULL),
  (5, 1, 1010000000000, 11, 1, 0, 1, 2, 3, 'nvme_tcp_timeout'),
  (6, 1, 1010000100000, 11, 1, 0, 4, 1, NULL, NULL),
  (7, 1, 1010041000000, 11, 1, 0, 11, 1, 0, NULL),
  (8, 1, 1010050000000, 11, 1, 0, 1, 3, 4, NULL),
  (9, 1, 1011000000000, 11, 1, 0, 4, 4, 1, NULL),
  (10, 1, 1011200000000, 11, 1, 0, 1, 4, 2, NULL),
  (11, 1, 1020000000000, 12, 2, 0, 1, 2, 3, 'nvme_tcp_state_change'),
  (12, 1, 1050000000000, 11, 1, 0, 1, 2, 3, 'nvme_tcp_timeout'),
  (13, 1, 1050200000000, 11, 1, 0, 11, 1, 0, NULL),
  (14, 1, 1053000000000, 11, 1, 0, 1, 3, 4, NULL),
  (15, 1, 1055000000000, 11, 1, 0, 1, 4, 2, NULL),
  (16, 1, 1060000000000, 0, -1, 0, 15, 4, 1059000000000, NULL);
