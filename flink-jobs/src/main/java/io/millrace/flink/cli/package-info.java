/**
 * The command line: one class per command, each thin enough to read as the command's own help.
 *
 * <p>Read {@link io.millrace.flink.cli.Millrace} first, for what every command shares: exit codes,
 * one-line errors, the log file. The only package that may print to the terminal. What must not
 * come in: anything that a test or another program would like to call without a terminal.
 */
package io.millrace.flink.cli;
