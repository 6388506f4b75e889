package io.millrace.tests.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The flags with which {@code ./millrace} starts Java, which is a script here that prints them.
 * Law: what a server may take follows its models, three times their bytes and 256 MiB.
 */
class LauncherTest {
  private static final long MIB = 1 << 20;

  @TempDir Path root;
  private Path launcher;

  @BeforeEach
  void copy() throws IOException {
    launcher = Files.copy(ProjectRoot.find().resolve("millrace"), root.resolve("millrace"));
    Path target = Files.createDirectories(root.resolve("flink-jobs/target"));
    Files.createFile(root.resolve("pom.xml"));
    Files.createFile(target.resolve("millrace.jar"));
    Files.createFile(target.resolve("launcher.stamp"));
    Path java = Files.createDirectories(root.resolve("java/bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/usr/bin/env bash
        case $1 in
          -version) echo 'openjdk version "17.0.1"' >&2 ;;
          --list-modules) echo java.base@17; echo jdk.incubator.vector@17 ;;
          *) printf '%s\\n' "$@" ;;
        esac
        """);
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  private List<String> flags(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", root.resolve("java").toString());
    builder.environment().remove("MILLRACE_JAVA_OPTS");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.lines().toList();
  }

  private static void version(Path folder, long mib) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("manifest.json"), "{}");
    try (RandomAccessFile file =
        new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
      file.setLength(mib * MIB);
    }
  }

  private static Path arm(Path folder, long... versions) throws IOException {
    for (int v = 0; v < versions.length; v++) {
      version(folder.resolve("v00000" + (v + 1)), versions[v]);
    }
    Files.writeString(folder.resolve("LATEST"), "v000001\n");
    return folder;
  }

  /** MiB of a flag such as {@code -Xmx120m}. */
  private static long mib(List<String> flags, String prefix) {
    String flag =
        flags.stream().filter(f -> f.matches(prefix + "\\d+m")).findFirst().orElse(prefix + "?");
    return Long.parseLong(flag.substring(prefix.length(), flag.length() - 1));
  }

  /** Heap, compiled code and direct memory together leave room for the rest. */
  private static void assertFits(List<String> flags, long mib) {
    long heap = mib(flags, "-Xmx");
    long beside = mib(flags, "-XX:ReservedCodeCacheSize=") + mib(flags, "-XX:MaxDirectMemorySize=");
    assertThat(heap).isEqualTo(3 * mib + 128);
    assertThat(heap + beside).isLessThan(3 * mib + 256);
  }

  @Test
  void heapFollowsTheLargestVersion() throws Exception {
    Path arm = arm(root.resolve("arm"), 3, 7, 5);
    assertFits(flags("serve", "--model", arm.toString()), 7);
    assertFits(flags("serve", "--model=" + arm), 7);
    assertFits(flags("serve", "--model", arm.resolve("v000001").toString()), 3);
  }

  @Test
  void heapFollowsAllArmsOfARun() throws Exception {
    Path run = root.resolve("run");
    arm(run.resolve("models/full"), 8);
    arm(run.resolve("models/two-level"), 2, 3);
    assertFits(flags("serve", "--model", run.toString()), 11);
    assertFits(flags("serve", "--model", run.resolve("models").toString()), 11);
  }

  /** Before the first version there is no bound but that of every command. */
  @Test
  void withoutAVersionTheHeapMayGrow() throws Exception {
    assertThat(flags("serve", "--model", root.resolve("none").toString()))
        .contains("-XX:MaxRAMPercentage=60")
        .noneMatch(flag -> flag.startsWith("-Xmx"));
    Path arm = arm(root.resolve("arm"), 3);
    assertThat(flags("score", "--model", arm.toString())).contains("-XX:MaxRAMPercentage=60");
  }

  @Test
  void onlyServeAsksForVectorInstructions() throws Exception {
    String vectors = "--add-modules=jdk.incubator.vector";
    assertThat(flags("serve", "--port", "0")).contains(vectors);
    assertThat(flags("score", "--help")).doesNotContain(vectors);
  }
}
