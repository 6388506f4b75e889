package io.millrace.tests.job;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Starts a class of the test's class path in a process of its own. */
public final class JavaProcess {
  private JavaProcess() {}

  /**
   * Starts one.
   *
   * @param heap as in {@code -Xmx}
   * @param console gets what it prints, after what is there; its log lies beside it
   */
  public static Process start(Path console, String heap, String mainClass, List<String> args)
      throws IOException {
    return start(console, heap, mainClass, args, Surroundings.NONE);
  }

  /**
   * What a process gets beside its arguments.
   *
   * @param environment variables beside those of this process
   * @param flags of the JVM
   */
  public record Surroundings(Map<String, String> environment, List<String> flags) {

    /** Nothing. */
    public static final Surroundings NONE = new Surroundings(Map.of(), List.of());

    /** The same with a further flag. */
    Surroundings with(String flag) {
      return new Surroundings(environment, Stream.concat(flags.stream(), Stream.of(flag)).toList());
    }
  }

  /** Starts one with what it needs beside its arguments. */
  public static Process start(
      Path console, String heap, String mainClass, List<String> args, Surroundings surroundings)
      throws IOException {
    List<String> command = command(console, heap, mainClass);
    command.addAll(1, surroundings.flags());
    command.addAll(args);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(console.toString())));
    builder.environment().putAll(surroundings.environment());
    return builder.start();
  }

  /** The words of the command that starts one, without arguments. */
  public static List<String> command(Path console, String heap, String mainClass) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-Dmillrace.log=" + console + ".log");
    command.addAll(flags());
    command.add(mainClass);
    return command;
  }

  /** This process's own flags, but the logging of a user's process, which Flink's tests silence. */
  private static List<String> flags() {
    List<String> flags = new ArrayList<>();
    flags.add("-Dlog4j2.configurationFile=classpath:log4j2.properties");
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("ai.djl.")) {
        flags.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(flags::add);
    flags.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return flags;
  }
}
