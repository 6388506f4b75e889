package io.millrace.tests;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.flink.cli.Millrace;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.slf4j.LoggerFactory;

/** Runs a command as a user does, in this process, and keeps what it printed. */
public final class Commands {
  private Commands() {}

  /**
   * What a command did.
   *
   * @param code exit code
   * @param out standard output
   * @param err standard error
   */
  public record Outcome(int code, String out, String err) {}

  /** Runs {@code millrace args}; one at a time, as the standard streams belong to the process. */
  public static synchronized Outcome run(Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    // Where Maven tests jars, the launcher's manifest names libraries that are on the class path
    // already, and SLF4J says so at its start; that is not the command's error output.
    LoggerFactory.getILoggerFactory();
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(outBytes, true, UTF_8));
    System.setErr(new PrintStream(errBytes, true, UTF_8));
    try {
      int code = Millrace.execute(words);
      return new Outcome(code, outBytes.toString(UTF_8), errBytes.toString(UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Runs a command that must succeed. */
  public static Outcome succeed(Object... args) {
    Outcome outcome = run(args);
    if (outcome.code() != Millrace.OK) {
      throw new AssertionError("exit code " + outcome.code() + ": " + outcome.err());
    }
    return outcome;
  }
}
