package io.millrace.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Law: docs/architecture.md draws rooms and modules as the rules and the build have them, and each
 * decision has a page of the same four headings.
 */
class ArchitecturePageTest {

  private static final Path ROOT = ProjectRoot.find();
  private static final Pattern MODULE = Pattern.compile("<module>(.+?)</module>");
  private static final Pattern OWN =
      Pattern.compile(
          "<dependency>\\s*<groupId>io\\.millrace</groupId>\\s*<artifactId>(.+?)</artifactId>");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

  // Law: the page draws the packages of a module in the order of the rules.
  @Test
  void roomsAreThoseOfTheRules() throws IOException {
    List<String> expected = new ArrayList<>();
    expected.addAll(rows("model-core", HouseRules.ROOMS));
    expected.addAll(rows("serving", HouseRules.SERVING_ROOMS));
    List<List<String>> runs = new ArrayList<>(HouseRules.RUN_ROOMS);
    runs.add(1, List.of("runs")); // the files themselves, which know lines alone
    expected.addAll(rows("runs", runs));
    expected.addAll(rows("flink-jobs", HouseRules.FLINK_ROOMS));
    assertThat(block("rooms")).isEqualTo(expected);
  }

  private static List<String> rows(String module, List<List<String>> rooms) {
    List<String> rows = new ArrayList<>();
    for (List<String> row : rooms) {
      String name = rows.isEmpty() ? module : "";
      rows.add(String.format(Locale.ROOT, "%-14s%s", name, String.join(", ", row)));
    }
    return rows;
  }

  // Law: the page lists the modules of the build in their order, with what their poms import.
  @Test
  void modulesImportWhatTheirPomsSay() throws IOException {
    List<String> expected = new ArrayList<>();
    for (String module : found(MODULE, "pom.xml")) {
      List<String> imported = found(OWN, module + "/pom.xml");
      String named = imported.isEmpty() ? "nothing" : String.join(", ", imported);
      expected.add(String.format(Locale.ROOT, "%-14simports %s", module, named));
    }
    assertThat(block("modules")).isEqualTo(expected);
  }

  private static List<String> found(Pattern pattern, String file) throws IOException {
    String text = Files.readString(ROOT.resolve(file));
    return pattern.matcher(text).results().map(m -> m.group(1)).toList();
  }

  /** Lines of the block that follows a mark on the page. */
  private static List<String> block(String mark) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/architecture.md"));
    String from = page.substring(page.indexOf("<!-- " + mark + " -->"));
    return List.of(from.split("```\n", 3)[1].split("\n"));
  }

  // Law: a page of a decision has four headings, and the list of decisions links to it.
  @Test
  void everyDecisionHasItsFourParts() throws IOException {
    Path folder = ROOT.resolve("docs/decisions");
    String list = Files.readString(folder.resolve("README.md"));
    for (Path page : markdown(folder)) {
      String name = page.getFileName().toString();
      if (!name.equals("README.md")) {
        assertThat(HEADING.matcher(Files.readString(page)).results().skip(1).map(m -> m.group(1)))
            .as(name)
            .containsExactly("Context", "Decision", "Alternatives tried", "Consequences");
        assertThat(list).as("the list of decisions").contains("](" + name + ")");
      }
    }
  }

  private static List<Path> markdown(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".md")).sorted().toList();
    }
  }
}
