package io.millrace.tests.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Law: {@code docs/dependencies.txt} lists what the launcher runs with, each with its licence. */
class DependencyListTest {
  private static final Pattern LINE =
      Pattern.compile("(?m)^ +\\((.+?)\\) .*\\(([^:() ]+):([^:() ]+):([^:() ]+) - .*\\)$");
  private static final String OWN = "-0.1.0-SNAPSHOT";

  /** Classifiers of native libraries, of any platform. */
  private static final Pattern PLATFORM =
      Pattern.compile("-(linux|macosx|osx)-(x86_64|arm64|aarch64)$");

  /** Libtorch, which macOS on Intel processors does not have. */
  private static final String NOT_EVERYWHERE = "pytorch-native-cpu-";

  @Test
  void listsWhatIsShipped() throws IOException {
    Path launcher = ProjectRoot.find().resolve("flink-jobs/target/millrace.jar");
    assumeTrue(Files.exists(launcher), launcher + " is made by `./mvnw verify`");
    Set<String> shipped = shipped(launcher);
    Set<String> listed = listed();
    if (shipped.stream().noneMatch(name -> name.startsWith(NOT_EVERYWHERE))) {
      listed.removeIf(name -> name.startsWith(NOT_EVERYWHERE));
    }
    assertThat(listed)
        .as("docs/dependencies.txt; `./mvnw -Plicenses compile` writes it")
        .isEqualTo(shipped);
  }

  @Test
  void everyLicenceIsKnown() throws IOException {
    List<MatchResult> lines = lines();
    assertThat(lines).hasSizeGreaterThan(50);
    assertThat(lines)
        .allSatisfy(line -> assertThat(line.group(1)).doesNotContainIgnoringCase("unknown"));
  }

  private static List<MatchResult> lines() throws IOException {
    String text = Files.readString(ProjectRoot.find().resolve("docs/dependencies.txt"), UTF_8);
    return LINE.matcher(text).results().toList();
  }

  /** Artifact and version. */
  private static Set<String> listed() throws IOException {
    return lines().stream()
        .map(line -> line.group(3) + "-" + line.group(4))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> shipped(Path launcher) throws IOException {
    try (JarFile jar = new JarFile(launcher.toFile())) {
      String path = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      return Pattern.compile(" +")
          .splitAsStream(path)
          .map(entry -> entry.substring(entry.lastIndexOf('/') + 1))
          .filter(name -> name.endsWith(".jar") && !name.contains(OWN))
          .map(name -> PLATFORM.matcher(name.replace(".jar", "")).replaceFirst(""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
