package io.millrace.flink.cli;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Reject;
import io.millrace.format.EventFile;
import io.millrace.format.HotValues;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.TableOptions;
import io.millrace.student.StudentTables;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Describes a sample of a log as a job's schema reads it. All counts are exact for the sample but
 * those of the most frequent values, which are upper bounds.
 */
final class CheckReport {

  private static final int TOP = 3;

  private final JobConfig job;
  private final HotValues hot;
  private final List<LongOpenHashSet> ids = new ArrayList<>();
  private final Map<Reject.Reason, Long> rejects = new EnumMap<>(Reject.Reason.class);
  private final Map<Reject.Reason, EventFile.Row> firstRejects = new EnumMap<>(Reject.Reason.class);
  private final Set<String> files = new HashSet<>();
  private final double[] denseLeast;
  private final double[] denseMost;
  private long rows;
  private long events;
  private long labelled;
  private long positives;
  private long backwards;
  private long first = Long.MAX_VALUE;
  private long last = Long.MIN_VALUE;

  /** An empty report; {@code hot} must receive the values from the reader. */
  CheckReport(JobConfig job, HotValues hot) {
    this.job = job;
    this.hot = hot;
    job.spec().schema().fields().forEach(f -> ids.add(new LongOpenHashSet()));
    int dense = job.spec().schema().dense().size();
    denseLeast = new double[dense];
    denseMost = new double[dense];
    Arrays.fill(denseLeast, Double.POSITIVE_INFINITY);
    Arrays.fill(denseMost, Double.NEGATIVE_INFINITY);
  }

  /** Adds a row. */
  void add(EventFile.Row row) {
    rows++;
    files.add(row.source().name());
    if (row.decoded() instanceof Reject reject) {
      rejects.merge(reject.reason(), 1L, Long::sum);
      firstRejects.putIfAbsent(reject.reason(), row);
    } else if (row.decoded() instanceof ClickEvent event) {
      add(event);
    }
  }

  private void add(ClickEvent event) {
    events++;
    labelled += event.labelled() ? 1 : 0;
    positives += event.label() == 1 ? 1 : 0;
    backwards += event.eventTime() < last ? 1 : 0;
    first = Math.min(first, event.eventTime());
    last = Math.max(last, event.eventTime());
    for (int d = 0; d < denseLeast.length; d++) {
      denseLeast[d] = Math.min(denseLeast[d], event.dense()[d]);
      denseMost[d] = Math.max(denseMost[d], event.dense()[d]);
    }
    for (int f = 0; f < ids.size(); f++) {
      for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
        ids.get(f).add(event.ids()[i]);
      }
    }
  }

  /** Prints the report. {@code whole} is true if the sample is the whole file. */
  void print(PrintWriter out, String file, boolean whole) {
    out.printf("%s: %,d rows%s%n", file, rows, whole ? ", the whole file" : " from its start");
    printEvents(out);
    printRejects(out);
    printDense(out);
    printFields(out);
    printArms(out);
  }

  private void printEvents(PrintWriter out) {
    out.printf("events     %,d%n", events);
    if (events == 0) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "label      %s: %,d of %,d positive (%.2f %%)%n",
        job.spec().schema().label().column(),
        positives,
        labelled,
        labelled == 0 ? 0 : 100.0 * positives / labelled);
    out.printf(
        Locale.ROOT,
        "time       %s to %s, in %d panes%n",
        Instant.ofEpochMilli(first),
        Instant.ofEpochMilli(last),
        job.spec().windows().pane(last) - job.spec().windows().pane(first) + 1);
    out.printf(
        "order      %s%n",
        backwards == 0
            ? "by time"
            : String.format(
                "%,d rows are older than one before them: train and replay will sort", backwards));
  }

  private void printRejects(PrintWriter out) {
    long total = rejects.values().stream().mapToLong(Long::longValue).sum();
    out.printf("rejects    %,d%n", total);
    rejects.forEach(
        (reason, count) ->
            out.printf(
                "  %-18s %,d, the first in %s%n",
                reason.key(), count, place(firstRejects.get(reason))));
  }

  /** Where a reject is, and what it is. */
  private String place(EventFile.Row row) {
    String file = files.size() > 1 ? " of " + row.source().name() : "";
    return "row " + row.row() + file + ": " + ((Reject) row.decoded()).message();
  }

  private void printDense(PrintWriter out) {
    if (denseLeast.length == 0 || events == 0) {
      return;
    }
    out.printf("%n%-24s %-12s %s%n", "dense column", "from", "to (after the transform)");
    for (int d = 0; d < denseLeast.length; d++) {
      out.printf(
          Locale.ROOT,
          "%-24s %-12.4g %.4g%n",
          job.spec().schema().dense().get(d).name(),
          denseLeast[d],
          denseMost[d]);
    }
  }

  private void printFields(PrintWriter out) {
    out.printf(
        "%n%-20s %12s %12s  %-11s %s%n", "field", "ids", "expected", "compressed", "most frequent");
    List<String> suggestions = new ArrayList<>();
    for (int f = 0; f < ids.size(); f++) {
      CategoricalField field = job.spec().schema().fields().get(f);
      String top =
          hot.top(f, TOP).stream()
              .map(v -> v.value() + " (" + v.count() + ")")
              .collect(Collectors.joining(", "));
      out.printf(
          "%-20s %,12d %,12d  %-11s %s%n",
          field.name(),
          ids.get(f).size(),
          field.expectedIds(),
          job.spec().qualifies(f) ? "yes" : "no",
          top);
      suggestions.add(field.column() + ": " + Math.max(1, ids.get(f).size()));
    }
    out.printf("%nexpected_ids of this sample: {%s}%n", String.join(", ", suggestions));
    out.printf(
        "fields of min_rows (%,d) expected ids or more: %d of %d%n",
        job.spec().hash().minRows(), job.spec().qualifyingFields().size(), ids.size());
  }

  private void printArms(PrintWriter out) {
    JobSpec spec = job.spec();
    long full = spec.schema().fields().stream().mapToLong(CategoricalField::expectedIds).sum();
    for (ArmSpec arm : spec.arms()) {
      StudentTables tables = new StudentTables(spec, arm, 0);
      long own = IntStream.range(0, ids.size()).mapToLong(tables::expectedRows).sum();
      out.printf(
          Locale.ROOT,
          "arm %-20s %,12d rows (%.1f %% of %,d)%s%n",
          arm.name(),
          own,
          100.0 * own / full,
          full,
          ofCompressed(arm));
    }
  }

  /** How the arm's table stores the rows of the fields that it compresses. */
  private String ofCompressed(ArmSpec arm) {
    TableOptions options = arm.options().tables();
    return switch (arm.table()) {
      case PLAIN, MLET -> "";
      case MIXED -> {
        IntSummaryStatistics floats =
            new StudentTables(job.spec(), arm, 0)
                .rowLengths().stream().mapToInt(n -> n).summaryStatistics();
        yield floats.getCount() == 0
            ? ""
            : ", of " + floats.getMin() + " to " + floats.getMax() + " floats where compressed";
      }
      case PEP ->
          options.maskFrom().isEmpty()
              ? String.format(
                  Locale.ROOT,
                  ", %.1f %% of the weights to be left where compressed",
                  100 * options.pep().keep())
              : ", with the weights that mask_from has left";
    };
  }
}
