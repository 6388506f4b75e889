package io.millrace.flink.cli;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.Warning;
import io.millrace.format.EventRow;
import io.millrace.format.ValueListener;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.LinearSize;
import io.millrace.replica.ExchangeAdvice;
import io.millrace.replica.OwnerLoad;
import io.millrace.runs.RunFacts;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.TableOptions;
import io.millrace.student.StudentTables;
import io.millrace.table.RowFormat;
import io.millrace.values.FirstRecords;
import io.millrace.values.ValueCounts;
import java.io.IOException;
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
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Describes a sample of a log as a job's schema reads it, and warns of what is legal but hardly
 * meant. All counts are exact for the sample.
 */
final class CheckReport {

  private static final int TOP = 3;

  /** A pane of fewer events is warned of. */
  private static final int FEW_EVENTS = 100;

  /** A teacher of so many dimensions hardly ever loses all of them. */
  private static final int WIDE_TEACHER = 8;

  private final JobConfig job;
  private final ValueCounts values;
  private final FirstRecords sample;
  private final IdEncoder encoder;
  private final long[] denseMissing;
  private final long[] fieldMissing;
  private final Map<Reject.Reason, Long> rejects = new EnumMap<>(Reject.Reason.class);
  private final Map<Reject.Reason, EventRow> firstRejects = new EnumMap<>(Reject.Reason.class);
  private final Set<String> files = new HashSet<>();
  private final double[] denseLeast;
  private final double[] denseMost;
  private final TreeMap<Long, LabelCount> panes = new TreeMap<>();
  private long rows;
  private long events;
  private long labelled;
  private long positives;
  private long backwards;
  private long first = Long.MAX_VALUE;
  private long last = Long.MIN_VALUE;

  /** Events of a pane, and their labels. */
  private record LabelCount(long events, long labelled, long positives) {

    LabelCount plus(LabelCount other) {
      return new LabelCount(
          events + other.events, labelled + other.labelled, positives + other.positives);
    }

    boolean oneClass() {
      return labelled > 0 && (positives == 0 || positives == labelled);
    }
  }

  /** An empty report. */
  CheckReport(JobConfig job) {
    this.job = job;
    Schema schema = job.spec().schema();
    this.values = new ValueCounts(schema.fields().size(), TOP);
    this.sample = new FirstRecords(schema, Long.MAX_VALUE, values);
    this.encoder = new IdEncoder(schema.fields());
    int dense = schema.dense().size();
    denseMissing = new long[dense];
    fieldMissing = new long[schema.fields().size()];
    denseLeast = new double[dense];
    denseMost = new double[dense];
    Arrays.fill(denseLeast, Double.POSITIVE_INFINITY);
    Arrays.fill(denseMost, Double.NEGATIVE_INFINITY);
  }

  /** What the reader of the sample must pass its values to. */
  ValueListener listener() {
    return sample;
  }

  /** Adds a row. */
  void add(EventRow row) {
    rows++;
    files.add(row.source().name());
    sample.add(row.decoded());
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
    long pane = job.spec().windows().pane(event.eventTime());
    panes.merge(
        pane,
        new LabelCount(1, event.labelled() ? 1 : 0, event.clicked() ? 1 : 0),
        LabelCount::plus);
    for (int d = 0; d < denseLeast.length; d++) {
      denseMissing[d] += event.missing(d) ? 1 : 0;
      denseLeast[d] = Math.min(denseLeast[d], event.dense()[d]);
      denseMost[d] = Math.max(denseMost[d], event.dense()[d]);
    }
    for (int f = 0; f < fieldMissing.length; f++) {
      fieldMissing[f] += event.ids()[event.offsets()[f]] == encoder.missing(f) ? 1 : 0;
    }
  }

  /** How many rows were added. */
  long rows() {
    return rows;
  }

  /** Prints the report. {@code whole} is true if the sample is the whole file. */
  void print(PrintWriter out, String file, boolean whole) {
    out.printf("%s: %,d rows%s%n", file, rows, whole ? ", the whole file" : " from its start");
    printEvents(out);
    printRejects(out);
    printDense(out);
    printFields(out);
    printArms(out);
    ExchangeAdvice.lines(job.spec(), events, last - first).forEach(out::println);
    warnings().forEach(message -> out.println(RunSummary.warning(message)));
  }

  /**
   * Checks that a row of the sample is an event.
   *
   * @throws IOException if none is; says why
   */
  void checkUsable(String file) throws IOException {
    if (events == 0) {
      throw new IOException(
          rows == 0
              ? file + " must hold events but has no row"
              : file
                  + " must hold events but "
                  + rows
                  + " of "
                  + rows
                  + " rows are rejected: "
                  + counted(rejects)
                  + "; the first: "
                  + place(firstRejects.values().iterator().next()));
    }
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>(sample.end().stream().map(Warning::message).toList());
    warnOneClass(warnings);
    warnFewEvents(warnings);
    warnDeadTeacher(warnings);
    warnings.addAll(OwnerLoad.warnings(job.spec(), events, last - first));
    boolean compresses =
        job.spec().arms().stream()
            .anyMatch(
                arm ->
                    arm.hash() != ArmSpec.Hash.FULL
                        || arm.table() == ArmSpec.Table.MIXED
                        || arm.table() == ArmSpec.Table.PEP);
    if (compresses) {
      RunFacts.nothingToCompress(job.spec()).ifPresent(warnings::add);
    }
    return warnings;
  }

  private void warnOneClass(List<String> warnings) {
    List<Long> oneClass =
        panes.keySet().stream().filter(pane -> panes.get(pane).oneClass()).toList();
    if (positives > 0 && positives < labelled && !oneClass.isEmpty()) {
      warnings.add(
          "%s: labels of one class only in %d of %d panes, the first from %s: such panes have no AUC and NE; see windows.size"
              .formatted(
                  job.spec().schema().label().column(),
                  oneClass.size(),
                  panes.size(),
                  Instant.ofEpochMilli(job.spec().windows().paneStart(oneClass.get(0)))));
    }
  }

  /** Figures and maps of few events are noise. */
  private void warnFewEvents(List<String> warnings) {
    long[] sizes = panes.values().stream().mapToLong(LabelCount::events).sorted().toArray();
    long median = sizes.length == 0 ? 0 : sizes[sizes.length / 2];
    if (sizes.length > 1 && median < FEW_EVENTS) {
      warnings.add(
          "in %,d panes, median %,d events: maps and figures of fewer than %d events are mostly noise; set a larger windows.size"
              .formatted(sizes.length, median, FEW_EVENTS));
    }
  }

  /**
   * Without dense columns the teacher's bottom MLP has one constant input. An output that a ReLU
   * cuts off at the start is then 0 for every event and gets no gradient: for half of the seeds.
   */
  private void warnDeadTeacher(List<String> warnings) {
    JobSpec spec = job.spec();
    TrainerOptions teacher = spec.teacher().trainer();
    boolean used = spec.arms().stream().anyMatch(arm -> arm.hash().valued());
    boolean constant = spec.schema().dense().isEmpty() && teacher.bottomRelu();
    if (used && constant && spec.teacher().sample() > 0 && teacher.dim() < WIDE_TEACHER) {
      warnings.add(
          "schema.dense is empty, so the teacher's bottom MLP has one constant input; with teacher.bottom_output relu all %d of its outputs start and stay at 0 for about one seed in %d, which then has much worse maps: set teacher.bottom_output: linear"
              .formatted(teacher.dim(), 1 << teacher.dim()));
    }
  }

  private static String counted(Map<Reject.Reason, Long> rejects) {
    return rejects.entrySet().stream()
        .map(e -> e.getKey().key() + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  private void printEvents(PrintWriter out) {
    out.printf("events     %,d%n", events);
    if (events == 0) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "label      %s: %,d of %,d positive (%.2f %%)%s%n",
        job.spec().schema().label().column(),
        positives,
        labelled,
        labelled == 0 ? 0 : 100.0 * positives / labelled,
        sample.labelTexts());
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
  private String place(EventRow row) {
    String file = files.size() > 1 ? " of " + row.source().name() : "";
    return "row " + row.row() + file + ": " + ((Reject) row.decoded()).message();
  }

  private void printDense(PrintWriter out) {
    if (denseLeast.length == 0 || events == 0) {
      return;
    }
    out.printf(
        "%n%-24s %-10s %-12s %s%n", "dense column", "missing", "from", "to (after the transform)");
    for (int d = 0; d < denseLeast.length; d++) {
      out.printf(
          Locale.ROOT,
          "%-24s %-10s %-12.4g %.4g%n",
          job.spec().schema().dense().get(d).name(),
          share(denseMissing[d]),
          denseLeast[d],
          denseMost[d]);
    }
  }

  /** A share of the events. */
  private String share(long n) {
    return n == 0 || events == 0
        ? "0 %"
        : String.format(Locale.ROOT, "%.2f %%", Math.max(.01, 100.0 * n / events));
  }

  private void printFields(PrintWriter out) {
    out.printf(
        "%n%-20s %12s %12s  %-11s %-10s %s%n",
        "field", "ids", "expected", "compressed", "missing", "most frequent");
    List<String> suggestions = new ArrayList<>();
    for (int f = 0; f < fieldMissing.length; f++) {
      CategoricalField field = job.spec().schema().fields().get(f);
      int ids = values.distinct(f) + (fieldMissing[f] > 0 ? 1 : 0);
      out.printf(
          "%-20s %,12d %,12d  %-11s %-10s %s%n",
          field.name(),
          ids,
          field.expectedIds(),
          job.spec().qualifies(f) ? "yes" : "no",
          share(fieldMissing[f]),
          String.join(", ", values.top(f)));
      suggestions.add(field.column() + ": " + Math.max(1, ids));
    }
    out.printf("%nexpected_ids of this sample: {%s}%n", String.join(", ", suggestions));
    out.printf(
        "fields of min_rows (%,d) expected ids or more: %d of %d%n",
        job.spec().hash().minRows(), job.spec().qualifyingFields().size(), fieldMissing.length);
  }

  private void printArms(PrintWriter out) {
    JobSpec spec = job.spec();
    long full = spec.schema().fields().stream().mapToLong(CategoricalField::expectedIds).sum();
    for (ArmSpec arm : spec.arms()) {
      StudentTables tables = new StudentTables(spec, arm, 0);
      long own = IntStream.range(0, fieldMissing.length).mapToLong(tables::expectedRows).sum();
      out.printf(
          Locale.ROOT,
          "arm %-20s %,12d rows (%.1f %% of %,d)%s%s%n",
          arm.name(),
          own,
          100.0 * own / full,
          full,
          ofCompressed(arm),
          bytes(spec, arm, tables));
    }
  }

  /** How an arm's budget in bytes is divided, and the bytes of its linear part. */
  private static String bytes(JobSpec spec, ArmSpec arm, StudentTables tables) {
    int slots = LinearSize.slots(spec, arm);
    long linear = slots == 0 ? 0 : (slots + 1L) * arm.learner().linear().served().bytes();
    List<Integer> fields = spec.qualifyingFields();
    if (!arm.hash().compresses() || !arm.budget().inBytes() || fields.isEmpty()) {
      return linear == 0
          ? ""
          : String.format(Locale.ROOT, ", %,d bytes of linear part (%,d weights)", linear, slots);
    }
    long budget = LinearSize.budgetBytes(spec, arm);
    long rows =
        fields.stream().mapToLong(f -> spec.servedRowBytes(arm, f) * tables.expectedRows(f)).sum();
    return String.format(
        Locale.ROOT,
        ", %,d bytes where compressed: %,d of rows%s%s%s",
        budget,
        rows,
        spec.publish().rows() == RowFormat.FLOAT32 ? "" : " in " + spec.publish().rows().key(),
        linear == 0
            ? ""
            : String.format(Locale.ROOT, ", %,d of the linear part (%,d weights)", linear, slots),
        arm.hash().mapped()
            ? String.format(Locale.ROOT, ", up to %,d of maps", budget - rows - linear)
            : "");
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
