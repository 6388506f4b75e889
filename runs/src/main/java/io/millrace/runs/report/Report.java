package io.millrace.runs.report;

import io.millrace.runs.RunFiles;
import io.millrace.runs.verdict.RunData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes {@code report.html} of a run directory: the findings in plain words, then charts with the
 * tables they show, then event totals and CPU times.
 *
 * <p>The page opens from disk and loads nothing from outside. The page names files that are
 * missing, empty or broken, and shows the rest.
 */
public final class Report {

  /** Name of the page in the run directory. */
  public static final String FILE = RunFiles.REPORT;

  private Report() {}

  /**
   * Builds the page from the files that {@code runDir} has now, and replaces the old page.
   *
   * @param runDir an existing run directory
   * @return the page's path
   * @throws NoSuchFileException if {@code runDir} is not a directory
   * @throws IOException if a file cannot be read or the page cannot be written
   */
  public static Path write(Path runDir) throws IOException {
    return write(runDir, runDir.toString());
  }

  /**
   * The same for a copy of a run.
   *
   * @param place the run directory as a user writes it, for commands
   */
  public static Path write(Path runDir, String place) throws IOException {
    if (!Files.isDirectory(runDir)) {
      throw new NoSuchFileException(runDir.toString());
    }
    String page = new ReportPage(RunData.read(runDir, place)).html();
    Path draft = runDir.resolve(FILE + ".tmp");
    Files.writeString(draft, page);
    return Files.move(draft, runDir.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Reads a text resource of this package. */
  static String resource(String name) throws IOException {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("the jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
