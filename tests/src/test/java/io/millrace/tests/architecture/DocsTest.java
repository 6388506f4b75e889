package io.millrace.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: what the pages and Javadoc refer to is in the repository: files, headings, sections,
 * classes, and the defaults of keys.
 */
class DocsTest {

  /** Names in pages that look like classes and are none of ours. */
  private static final Set<String> OTHERS =
      Set.of("Arrays.parallelSort", "java.util.Random", "sun.misc.Unsafe");

  @TempDir Path wrong;

  // Law: links, paths and sections lead somewhere.
  @Test
  void everyReferenceHasATarget() throws IOException {
    assertThat(DocLinks.broken(ProjectRoot.find())).isEmpty();
  }

  // Law: classes, their members and packages that pages name exist.
  @Test
  void everyNamedClassExists() throws IOException {
    assertThat(DocLinks.unknownClasses(ProjectRoot.find(), OTHERS)).isEmpty();
  }

  // Law: the defaults that the page of algorithms names are those of the reference of keys.
  @Test
  void algorithmsHasTheDefaultsOfTheKeys() throws IOException {
    Path docs = ProjectRoot.find().resolve("docs");
    Path reference = docs.resolve("configuration.md");
    assertThat(DocLinks.wrongDefaults(docs, docs.resolve("algorithms.md"), reference)).isEmpty();
  }

  // Law: these checks can fail. In pages and sources with one mistake of each kind, each is found,
  // and what is right is not
  @Test
  void mistakesAreFound() throws IOException {
    write(
        "docs/page.md",
        "# 1. First",
        "## 1.1 `code` and more",
        "[a](#1-first) [b](#11-code-and-more) [c](other.md) [d](https://example.org/x)",
        "[e](#2-second) [f](missing.md) [g](other.md#none) docs/other.md, docs/none.md",
        "`Known` `code.Known#right` `io.millrace.code` `Unknown` `Known#left` `io.millrace.none`",
        "`Known.right()` `Known.In#deep` `Known.left()` `Known.In#high` `Other`",
        "| key | default |",
        "|---|---|",
        "| `a.right` | `1` |",
        "| `a.wrong` | `2` |",
        "| `a.none` | `3` |");
    write(
        "docs/other.md",
        "# Keys",
        "| key | type | default |",
        "| `a.right` | x | `1` |",
        "| `a.wrong` | x | `1` |");
    write(
        "module/src/main/java/io/millrace/code/Known.java",
        "package io.millrace.code;",
        "/" + "** See {@code",
        " * docs/page.md}, sections 1,",
        " * 1.1 and 7.2, docs/other.md, and docs/gone.md. */",
        "class Known { int right; class In { int deep; } }");
    Path page = wrong.resolve("docs/page.md");

    assertThat(DocLinks.broken(wrong))
        .containsExactly(
            "docs/page.md: #2-second",
            "docs/page.md: missing.md",
            "docs/page.md: other.md#none",
            "docs/page.md: docs/none.md",
            "module/src/main/java/io/millrace/code/Known.java: page.md, section 7.2",
            "module/src/main/java/io/millrace/code/Known.java: docs/gone.md");
    assertThat(DocLinks.unknownClasses(wrong, Set.of("Other")))
        .containsExactly(
            "docs/page.md: Unknown",
            "docs/page.md: Known#left",
            "docs/page.md: io.millrace.none",
            "docs/page.md: Known.left()",
            "docs/page.md: Known.In#high");
    assertThat(DocLinks.wrongDefaults(wrong, page, wrong.resolve("docs/other.md")))
        .containsExactly(
            "docs/page.md: default of `a.wrong` is not `2`",
            "docs/page.md: default of `a.none` is not `3`");
  }

  private void write(String file, String... lines) throws IOException {
    Path path = wrong.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, String.join("\n", lines) + "\n");
  }
}
