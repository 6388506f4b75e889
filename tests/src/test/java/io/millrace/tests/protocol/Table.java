package io.millrace.tests.protocol;

import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Lines of figures, for the test's output and for {@code tests/target}. */
final class Table {

  private final StringBuilder text = new StringBuilder();

  /** Adds a line. */
  void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** Prints the table and keeps it as a file in {@code tests/target}. */
  void publish(String name) throws IOException {
    System.out.print(text);
    Path target = Files.createDirectories(ProjectRoot.find().resolve("tests/target"));
    Files.writeString(target.resolve(name), text);
  }
}
