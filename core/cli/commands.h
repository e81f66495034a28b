/* The commands of the program `facet`, a file each.  Each gets its own name as
 * argv[0] and returns the exit status: 0 done, 1 failed (one line on stderr
 * that says what to do), 2 wrong usage. */
#pragma once

#define EXIT_DONE   0
#define EXIT_FAILED 1
#define EXIT_USAGE  2

int facet_command_show     (int argc, char **argv);
int facet_command_train    (int argc, char **argv);
int facet_command_evaluate (int argc, char **argv);
int facet_command_encode   (int argc, char **argv);
int facet_command_decode   (int argc, char **argv);
int facet_command_edit     (int argc, char **argv);

int facet_command_find            (int argc, char **argv);
int facet_command_train_finder    (int argc, char **argv);
int facet_command_evaluate_finder (int argc, char **argv);
