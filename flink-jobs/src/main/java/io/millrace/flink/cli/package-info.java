/**
 * The command line: one class per command, each thin enough to read as the command's own help.
 *
 * <p>Read {@link io.millrace.flink.cli.Millrace} first, for what every command shares: exit codes
 * and one-line errors; then {@link io.millrace.flink.cli.Subcommand} for how a command is written.
 * This is the only package that may print to the terminal. What must not come in: anything that a
 * test or another program would call without a terminal.
 */
package io.millrace.flink.cli;
