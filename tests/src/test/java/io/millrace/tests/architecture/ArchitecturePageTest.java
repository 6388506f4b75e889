package io.millrace.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Law: the pages for those who carry on name only what is there, in the order that the build has.
 */
class ArchitecturePageTest {

  private static final Path ROOT = ProjectRoot.find();
  private static final Pattern MODULE = Pattern.compile("<module>(.+?)</module>");
  private static final Pattern OWN =
      Pattern.compile(
          "<dependency>\\s*<groupId>io\\.millrace</groupId>\\s*<artifactId>(.+?)</artifactId>");
  private static final Pattern TYPE =
      Pattern.compile("`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(?:[.#][A-Za-z0-9_]+)*(?:\\(\\))?`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

  @Test
  void roomsAreThoseOfTheRules() throws IOException {
    List<String> expected = new ArrayList<>();
    expected.addAll(rows("model-core", HouseRules.ROOMS));
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

  @Test
  void everyTypeThatIsNamedExists() throws IOException {
    Set<String> types = types();
    for (Path page : pages()) {
      List<String> unknown =
          TYPE.matcher(Files.readString(page))
              .results()
              .map(m -> m.group(1))
              .filter(name -> !types.contains(name))
              .distinct()
              .toList();
      assertThat(unknown).as("types named in %s that no source file has", page).isEmpty();
    }
  }

  private static Set<String> types() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.replace(".java", ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
        if (!link.group(1).contains("://") && !leadsSomewhere(page, link.group(1))) {
          broken.add(ROOT.relativize(page) + " -> " + link.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    if (!Files.exists(target) || parts.length == 1) {
      return Files.exists(target);
    }
    return HEADING
        .matcher(Files.readString(target))
        .results()
        .map(m -> anchor(m.group(1)))
        .anyMatch(parts[1]::equals);
  }

  /** As forges make them. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
  }

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

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(markdown(ROOT));
    pages.addAll(markdown(ROOT.resolve("docs")));
    pages.addAll(markdown(ROOT.resolve("docs/decisions")));
    return pages;
  }

  private static List<Path> markdown(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".md")).sorted().toList();
    }
  }
}
