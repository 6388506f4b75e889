package io.millrace.runs.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes {@code report.html} of a run directory: what the run found in plain words, then charts
 * with the tables they show, then where the events and the time went.
 *
 * <p>The page opens from disk and asks for nothing outside itself. Files that are missing, empty or
 * broken are named on the page; the rest is shown.
 */
public final class Report {

  /** Name of the page in the run directory. */
  public static final String FILE = "report.html";

  private Report() {}

  /**
   * Builds the page from what is in {@code runDir} now and replaces the old one at once.
   *
   * @param runDir an existing run directory
   * @return the page's path
   * @throws NoSuchFileException if {@code runDir} is not a directory
   * @throws IOException if a file cannot be read or the page cannot be written
   */
  public static Path write(Path runDir) throws IOException {
    if (!Files.isDirectory(runDir)) {
      throw new NoSuchFileException(runDir.toString());
    }
    String page = new ReportPage(RunData.read(runDir)).html();
    Path draft = runDir.resolve(FILE + ".tmp");
    Files.writeString(draft, page);
    return Files.move(draft, runDir.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
  }

  /** A text that lies beside this class in the jar. */
  static String resource(String name) throws IOException {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("the jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
