package io.millrace.flink.cli;

import io.millrace.event.EventTotals;
import io.millrace.file.EventInput;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.runs.report.ArmTable;
import io.millrace.runs.report.Report;
import io.millrace.runs.verdict.Briefing;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

/** What the commands that train print about a run: notes, a line per window, and its results. */
final class RunSummary {

  private RunSummary() {}

  /**
   * Writes {@code run.json}, and prints the notes on the run's figures.
   *
   * @param command the command that runs
   * @param seeds root seeds in use
   * @param events the files of events; empty if they come from elsewhere
   * @return the notes
   */
  static List<String> describe(
      RunFiles files,
      String command,
      JobConfig job,
      List<Long> seeds,
      List<EventInput> events,
      PrintWriter out)
      throws IOException {
    files.describe(RunFacts.of(command, job, seeds, events));
    List<String> notes = RunFacts.notes(job.spec(), seeds);
    printNotes(notes, out);
    return notes;
  }

  /** Prints what computes the MLPs of a job that runs in this process. */
  static void printEngines(JobConfig job, PrintWriter out) {
    Set<String> engines = RunFacts.engines(job.spec());
    if (!engines.isEmpty()) {
      out.println("engine: " + String.join("; ", engines));
    }
  }

  /** Prints notes, a line each. */
  static void printNotes(List<String> notes, PrintWriter out) {
    notes.forEach(note -> out.println(note(note)));
  }

  /** What is good to know, as a line. */
  static String note(String message) {
    return "note: " + message;
  }

  /** Prints what a user must know about the files of events, a line each. */
  static void warn(List<String> sentences, PrintWriter out) {
    sentences.forEach(sentence -> out.println(warning(sentence)));
  }

  /** A warning as a line. */
  static String warning(String message) {
    return "warn: " + message;
  }

  /**
   * The figures of an arm in a window as a line.
   *
   * @param start first millisecond of the window
   * @param seed text on the seed before the arm's name; may be empty
   */
  static String window(long start, String seed, String arm, long events, double auc, double ne) {
    return String.format(
        Locale.ROOT,
        "%s  %s%-18s  %,9d events  AUC %.4f  NE %.4f",
        Instant.ofEpochMilli(start).toString().replace("T00:00:00Z", ""),
        seed,
        arm,
        events,
        auc,
        ne);
  }

  /**
   * Checks that the events could be learned from.
   *
   * @throws IllegalArgumentException if no event was learned; says why
   */
  static void checkLearned(EventTotals totals, List<EventInput> events, Path runDir) {
    if (totals.trained() > 0) {
      return;
    }
    String none =
        "--events must hold labelled events but '" + EventInput.names(events) + "' has none: ";
    if (totals.read() == 0) {
      throw new IllegalArgumentException(none + "it has only a header");
    }
    throw new IllegalArgumentException(
        none
            + "rejected as "
            + new TreeMap<>(totals.rejects())
            + "; "
            + runDir.resolve(RunFiles.REJECTS)
            + " says why");
  }

  /**
   * Prints the table of arms, the verdict, the notes and the event totals, and writes the report.
   */
  static void printResults(Path runDir, List<String> notes, EventTotals totals, PrintWriter out)
      throws IOException {
    out.println();
    out.print(ArmTable.of(runDir));
    out.print(Briefing.of(runDir, runDir.toString()).text());
    printNotes(notes, out);
    out.printf(
        Locale.ROOT,
        "events: %,d read = %,d trained (%,d of them late) + %,d rejected + %,d dropped late%n",
        totals.read(),
        totals.trained(),
        totals.lateTrained(),
        totals.rejected(),
        totals.droppedLate());
    out.println("report: " + Report.write(runDir));
  }
}
