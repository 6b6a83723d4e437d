/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands. Each gets its own name as argv[0] (the program's when it is the
 * default command) and returns the exit code, enum nct_exit.
 */
#ifndef NCT_CMD_CMD_H
#define NCT_CMD_CMD_H

#define NCT_PROGRAM "nvme-ccr-trace"

int nct_cmd_live(int argc, char **argv);
int nct_cmd_record(int argc, char **argv);
int nct_cmd_report(int argc, char **argv);
int nct_cmd_import(int argc, char **argv);
int nct_cmd_doctor(int argc, char **argv);
int nct_cmd_hist(int argc, char **argv);
int nct_cmd_export(int argc, char **argv);
int nct_cmd_audit(int argc, char **argv);
int nct_cmd_gate(int argc, char **argv);

#endif
