package io.millrace.tests.compose;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.cli.Millrace;
import io.millrace.kafka.ClientSettings;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.job.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: the commands of docs/live.md do what the page shows, in its order.
 *
 * <p>Shell runs each block of commands in a folder that holds the job file of the page. A block of
 * another terminal runs until the end. What a block prints is compared with what the page shows,
 * but for blanks, numbers and times; {@code ...} stands for any text. Requests are repeated until
 * their answer is the one shown, as a reader would. Ports are replaced by free ones.
 */
@Timeout(600)
class LiveExampleTest {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");
  private static final Pattern COMPOSE = Pattern.compile("docker compose up -d (\\w+)\\n");
  private static final Pattern TERMINAL = Pattern.compile("# terminal \\d\\n(?s:.*)");

  /**
   * What a command prints on its way where the machine is slow, and what Java and a library say of
   * the tests' own settings.
   */
  private static final Pattern PROGRESS =
      Pattern.compile("(?m)^(\\w+: +\\d+ %|SLF4J: |WARNING: Using incubator).*\\n");

  private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*(\\.\\d+)?(E-?\\d+)?");

  private final Path page = ProjectRoot.find().resolve("docs/live.md");

  @TempDir Path folder;

  /** A block of the page: its language and lines. */
  private record Block(String language, String text) {}

  private final List<Process> terminals = new ArrayList<>();

  @Test
  void thePageIsTrue() throws Exception {
    try (ComposeProcesses services =
        new ComposeProcesses(ComposeFile.read(ProjectRoot.find()), folder)) {
      writeLauncher();
      try {
        follow(blocks(services), services);
      } finally {
        terminals.forEach(LiveExampleTest::stop); // before the broker that they need
      }
    }
  }

  private void follow(List<Block> blocks, ComposeProcesses services) throws Exception {
    for (int i = 0; i < blocks.size(); i++) {
      boolean shown = i + 1 < blocks.size() && !isInput(blocks.get(i + 1));
      follow(blocks.get(i), shown ? blocks.get(i + 1).text() : "", services);
    }
  }

  private List<Block> blocks(ComposeProcesses services) throws IOException {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(services.withPorts(Files.readString(page)));
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    assertThat(blocks).hasSizeGreaterThan(10);
    return blocks;
  }

  private static boolean isInput(Block block) {
    return block.language().equals("sh") || block.language().equals("yaml");
  }

  private void follow(Block block, String shown, ComposeProcesses services) throws Exception {
    Matcher compose = COMPOSE.matcher(block.text());
    if (block.language().equals("yaml")) {
      Files.writeString(folder.resolve("job.yaml"), block.text());
    } else if (compose.matches()) {
      startService(compose.group(1), services);
    } else if (TERMINAL.matcher(block.text()).matches()) {
      openTerminal(block.text(), shown);
    } else if (block.text().startsWith("curl ")) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .untilAsserted(() -> assertShown(block.text(), run(block.text()), shown));
    } else if (block.language().equals("sh")) {
      assertShown(block.text(), run(block.text()), shown);
    }
  }

  private static void startService(String service, ComposeProcesses services) throws Exception {
    services.start(service);
    ClientSettings kafka = ClientSettings.of("localhost:" + services.port(9094));
    await().atMost(PATIENCE).ignoreExceptions().untilAsserted(kafka::checkReachable);
  }

  /** Runs commands to their end, which must be a good one; what they print. */
  private String run(String commands) throws Exception {
    Path printed = Files.createTempFile(folder, "printed", ".txt");
    Process process = start(commands, printed);
    int code = process.waitFor();
    String text = Files.readString(printed, UTF_8);
    assertThat(code).as(commands + text).isZero();
    return text;
  }

  private void openTerminal(String commands, String shown) throws Exception {
    Path printed = Files.createTempFile(folder, "printed", ".txt");
    Process process = start(commands, printed);
    terminals.add(process);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertShown(commands, Files.readString(printed, UTF_8), shown + "\n..."));
    assertThat(process.isAlive()).as(commands).isTrue();
  }

  private Process start(String commands, Path printed) throws IOException {
    return new ProcessBuilder("bash", "-e", "-c", commands)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(new File(printed.toString()))
        .start();
  }

  private static void stop(Process terminal) {
    Stream.concat(terminal.descendants(), Stream.of(terminal.toHandle()))
        .toList()
        .forEach(
            process -> {
              process.destroyForcibly();
              process.onExit().join();
            });
  }

  private static void assertShown(String commands, String printed, String shown) {
    String pattern =
        Stream.of(plain(shown).split(Pattern.quote("..."), -1))
            .map(Pattern::quote)
            .collect(Collectors.joining("(?s:.*)"));
    String without = PROGRESS.matcher(printed).replaceAll("");
    assertThat(plain(without))
        .as("%s printed%n%s%nbut should%n%s", commands, printed, shown)
        .matches(pattern);
  }

  /** A text without blanks, with one sign for every number. */
  private static String plain(String text) {
    return NUMBER.matcher(text).replaceAll("#").replaceAll("\\s", "");
  }

  /** The launcher with the classes of the tests. */
  private void writeLauncher() throws IOException {
    String java =
        JavaProcess.command(folder.resolve("log"), "768m", Millrace.class.getName()).stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    Path launcher = folder.resolve("millrace");
    Files.writeString(launcher, "#!/bin/bash\nexec " + java + " \"$@\"\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
