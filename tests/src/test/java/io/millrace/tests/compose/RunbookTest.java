package io.millrace.tests.compose;

import static io.millrace.tests.compose.ComposeFile.child;
import static io.millrace.tests.compose.ComposeFile.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Law: docs/operations.md has one section for each alarm, in their order, which says what the alarm
 * means and what to do; and each alarm links to its section.
 */
class RunbookTest {

  private static final String PAGE = "docs/operations.md";

  private final Path root = ProjectRoot.find();

  /** Name and annotations of each alarm of any file of rules. */
  private Map<String, Map<String, Object>> alarms() throws IOException {
    Map<String, Map<String, Object>> alarms = new HashMap<>();
    for (Map<String, Object> rule : rules()) {
      alarms.put(rule.get("alert").toString(), child(rule, "annotations"));
    }
    return alarms;
  }

  private List<Map<String, Object>> rules() throws IOException {
    List<Map<String, Object>> rules = new ArrayList<>();
    try (Stream<Path> files = Files.list(root.resolve("deploy/prometheus"))) {
      for (Path file : files.sorted().toList()) {
        Map<String, Object> content = yaml(Files.readString(file));
        if (content.containsKey("groups")) {
          List<Map<String, Object>> groups = child(content, "groups");
          for (Map<String, Object> group : groups) {
            List<Map<String, Object>> some = child(group, "rules");
            rules.addAll(some);
          }
        }
      }
    }
    return rules;
  }

  /** Heading and text of each section of the chapter on alarms. */
  private List<String[]> sections() throws IOException {
    String chapter = Files.readString(root.resolve(PAGE)).split("(?m)^## Alarms$")[1];
    List<String[]> sections = new ArrayList<>();
    for (String section : chapter.split("(?m)^### ")) {
      sections.add(section.split("\n", 2));
    }
    return sections.subList(1, sections.size());
  }

  @Test
  void everyAlarmHasItsSection() throws IOException {
    List<String> named = rules().stream().map(rule -> rule.get("alert").toString()).toList();
    assertThat(named).hasSizeGreaterThan(15);
    assertThat(sections().stream().map(section -> section[0])).containsExactlyElementsOf(named);
    for (String[] section : sections()) {
      assertThat(section[1]).as(section[0]).contains("*Means.* ").contains("\n\n*Do.* ");
    }
  }

  @Test
  void everyLinkLeadsToIt() throws IOException {
    alarms()
        .forEach(
            (name, notes) ->
                assertThat(notes.get("runbook"))
                    .as(name)
                    .isEqualTo(PAGE + "#" + name.toLowerCase(Locale.ROOT)));
  }
}
