package io.millrace.flink.cli;

import io.millrace.flink.store.Stores;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The entry point: {@code millrace COMMAND …}.
 *
 * <p>Exit codes: 0 success, 1 failure, 2 bad usage or configuration. Errors go to stderr in one
 * line; {@code --stacktrace}, which every command knows, adds the trace.
 */
@Command(
    name = "millrace",
    description = "Turns a stream of clicks into a small, fresh ranking model.",
    mixinStandardHelpOptions = true,
    versionProvider = Millrace.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CheckCommand.class,
      ClusterCommand.class,
      DemoCommand.class,
      GenerateCommand.class,
      ModelsCommand.class,
      PageCommand.class,
      ReplayCommand.class,
      ReportCommand.class,
      RunCommand.class,
      ScoreCommand.class,
      ServeCommand.class,
      TrainCommand.class
    },
    footer = {"", "Start here:", "  millrace demo"})
public final class Millrace implements Runnable {
  /** Success. */
  public static final int OK = 0;

  /** The command failed while it worked. */
  public static final int FAILURE = 1;

  /** The command line or a configuration file is wrong. */
  public static final int USAGE = 2;

  @Spec private CommandSpec spec;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "print the stack trace of an error")
  private boolean stacktrace;

  private Millrace() {}

  /**
   * Runs one command and ends the process with its exit code. On a cluster the process belongs to
   * Flink, and only an error ends it.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    LogFile.chooseFrom(args);
    int code = execute(args);
    if (code != OK || Boolean.getBoolean("millrace.launcher")) {
      System.exit(code);
    }
  }

  /**
   * Runs one command in this process.
   *
   * @param args the command line
   * @return the exit code: {@link #OK}, {@link #FAILURE} or {@link #USAGE}
   */
  public static int execute(String... args) {
    return commandLine().execute(args);
  }

  /** The command line with its error handling; tests redirect its output. */
  static CommandLine commandLine() {
    Millrace root = new Millrace();
    return new CommandLine(root)
        .registerConverter(Path.class, Millrace::localPath)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, args) -> root.badUsage(e))
        .setExecutionExceptionHandler((e, command, parsed) -> root.failed(e, command));
  }

  /** Paths may be URIs of files; those of other stores are refused here, before a file is made. */
  private static Path localPath(String text) {
    try {
      return Stores.local(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** Fails, because a command is missing. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private int badUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    // of a value that cannot be converted, only picocli's own message names the option
    String why = e.getCause() instanceof TypeConversionException ? e.getMessage() : ErrorLine.of(e);
    err.println("millrace: " + why + " (see " + name + " --help)");
    if (stacktrace) {
      e.printStackTrace(err);
    }
    return USAGE;
  }

  private int failed(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    err.println("millrace: " + ErrorLine.of(e) + hint(e));
    if (stacktrace) {
      e.printStackTrace(err);
    }
    return ErrorLine.isUsersToFix(e) ? USAGE : FAILURE;
  }

  /** Where to find out more if the user's input is right; on the same line, for scripts. */
  private String hint(Exception e) {
    if (stacktrace || ErrorLine.isUsersToFix(e)) {
      return "";
    }
    Path log = LogFile.current();
    return " (--stacktrace shows where" + (log == null ? "" : "; the log is " + log) + ")";
  }

  /** The version that the build wrote into the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Millrace.class.getPackage().getImplementationVersion();
      return new String[] {"millrace " + (version == null ? "development" : version)};
    }
  }
}
