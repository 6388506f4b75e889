package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Laws of every command: its exit code, and its error in one line. */
class MillraceTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Throwing command, String... args) {
    CommandLine line = Millrace.commandLine();
    line.addSubcommand(new CommandLine(new Probe(command)));
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line.execute(args);
  }

  @Test
  void helpAndVersionSucceed() {
    assertThat(run(() -> {}, "--help")).isEqualTo(Millrace.OK);
    assertThat(run(() -> {}, "--version")).isEqualTo(Millrace.OK);
    assertThat(out.toString()).contains("millrace demo").contains("millrace development");
    assertThat(err.toString()).isEmpty();
  }

  // Law: in one process nothing but --from restores a job.
  @Test
  void continuingNeedsACluster() {
    assertThat(run(() -> {}, "run", "--job", "job.yaml", "--run-dir", "run", "--continue"))
        .isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .startsWith(
            "millrace: --continue is for clusters, which restore a job; here, use --from"
                + " SAVEPOINT");
  }

  @Test
  void successIsZero() {
    assertThat(run(() -> {}, "probe")).isZero();
  }

  @Test
  void aWordThatIsNoCommandIsUsage() {
    assertThat(run(() -> {}, "prob")).isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "millrace: " + "Unmatched argument at index 0: 'prob' (see millrace --help)\n");
  }

  @Test
  void noCommandIsUsage() {
    assertThat(run(() -> {})).isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines("millrace: a command is missing (see millrace --help)\n");
  }

  @Test
  void anOptionThatIsUnknownIsUsage() {
    assertThat(run(() -> {}, "probe", "--nope")).isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "millrace: Unknown option: '--nope' (see millrace probe --help)\n");
  }

  @Test
  void aBadSettingIsUsageInOneLine() {
    String message = "student.embedding.dim must be >= 1 but was 0 (job.yaml:7)";
    int code =
        run(
            () -> {
              throw new IllegalArgumentException(message);
            },
            "probe");
    assertThat(code).isEqualTo(Millrace.USAGE);
    assertThat(err.toString()).isEqualToNormalizingNewlines("millrace: " + message + "\n");
  }

  @Test
  void aMissingFileIsUsage() {
    int code =
        run(
            () -> {
              throw new NoSuchFileException("job.yaml");
            },
            "probe");
    assertThat(code).isEqualTo(Millrace.USAGE);
    assertThat(err.toString()).isEqualToNormalizingNewlines("millrace: no such file: job.yaml\n");
  }

  @Test
  void aFailureNamesItsCauseAndOffersTheTrace() {
    Throwing failing =
        () -> {
          throw fromFramework(
              new IOException(
                  "job failed", fromFramework(new IllegalStateException("disk\n  full"))));
        };
    assertThat(run(failing, "probe")).isEqualTo(Millrace.FAILURE);
    assertThat(err.toString()).startsWith("millrace: disk full (--stacktrace shows where");
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(run(failing, "probe", "--stacktrace")).isEqualTo(Millrace.FAILURE);
    assertThat(err.toString()).contains("\tat ");
  }

  /** Law: the error shows Millrace's own message, not the message of a cause below it. */
  @Test
  void ownWordsComeFirst() {
    run(
        () -> {
          throw fromFramework(
              new ExecutionException(new IOException("a.map: cut short", new EOFException())));
        },
        "probe");
    assertThat(err.toString()).startsWith("millrace: a.map: cut short (");
  }

  @Test
  void filesThatMayNotBeTouchedAreNamed() {
    run(
        () -> {
          throw fromFramework(new AccessDeniedException("/etc/shadow"));
        },
        "probe");
    assertThat(err.toString()).startsWith("millrace: access denied: /etc/shadow (");
  }

  /** As if it had been thrown outside Millrace. */
  private static <E extends Exception> E fromFramework(E error) {
    error.setStackTrace(
        new StackTraceElement[] {new StackTraceElement("org.apache.flink.Any", "run", null, 1)});
    return error;
  }

  /** The work of a command. */
  private interface Throwing {
    void run() throws Exception;
  }

  /** A command with the work that the test gives. */
  @Command(name = "probe")
  private static final class Probe implements java.util.concurrent.Callable<Integer> {
    private final Throwing command;

    Probe(Throwing command) {
      this.command = command;
    }

    @Override
    public Integer call() throws Exception {
      command.run();
      return 0;
    }
  }
}
