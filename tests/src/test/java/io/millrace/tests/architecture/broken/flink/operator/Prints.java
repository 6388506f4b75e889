package io.millrace.tests.architecture.broken.flink.operator;

import io.millrace.tests.architecture.broken.flink.cli.Command;
import picocli.CommandLine;

/** An operator that reads the command line, and prints. */
public final class Prints {
  /** What must not be here. */
  public CommandLine line;

  /** What must not be here. */
  public Command command;

  /** What must not be here. */
  public void print() {
    System.out.println(line);
  }
}
