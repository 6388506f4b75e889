package io.millrace.flink.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command shares: its help options, where it prints, and exit code 0 at its end. */
@Command(mixinStandardHelpOptions = true)
abstract class Subcommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  /** Does the work of the command. */
  abstract void run() throws Exception;

  /** Standard output; every {@code println} and {@code printf} flushes it. */
  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** The error of a bad option; its message ends with a pointer to the command's help. */
  final ParameterException badOption(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  @Override
  public final Integer call() throws Exception {
    run();
    return Millrace.OK;
  }
}
