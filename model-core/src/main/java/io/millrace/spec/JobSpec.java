package io.millrace.spec;

import io.millrace.event.CategoricalField;
import io.millrace.event.Schema;
import io.millrace.event.WindowSpec;
import io.millrace.records.Copyable;
import io.millrace.table.Combine;
import io.millrace.time.LateGate;
import io.millrace.time.MapGrid;
import io.millrace.time.WatchGrid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * All settings that determine what is learned from a stream of events, whether it comes from a file
 * or from Kafka.
 *
 * @param schema what the events hold
 * @param windows event-time windows
 * @param late what happens to late events
 * @param maxJumpMs how far an event may be ahead of the newest of its partition, ms, before it has
 *     to be confirmed by others, see {@link io.millrace.time.JumpGuard}; 0 for no limit
 * @param counts how accesses of ids are counted
 * @param teacher the teacher
 * @param hash how and when maps are built
 * @param student what all arms share
 * @param arms the students, names unique, at least one
 * @param publish when models are published
 * @param secondTeacher whether a second teacher with another seed measures how much maps differ
 *     without drift; costs as much as the teacher, and one more clustering per field
 * @param drift which streams are watched for change
 * @param columns what has become of columns before; {@link ColumnHistory#NONE} for a job that
 *     begins anew
 */
public record JobSpec(
    Schema schema,
    WindowSpec windows,
    LateGate.Policy late,
    long maxJumpMs,
    CountOptions counts,
    TeacherOptions teacher,
    HashOptions hash,
    StudentOptions student,
    List<ArmSpec> arms,
    PublishOptions publish,
    boolean secondTeacher,
    DriftOptions drift,
    ColumnHistory columns)
    implements Copyable<JobSpec> {

  public JobSpec {
    if (maxJumpMs < 0) {
      throw new IllegalArgumentException("limits.max_jump must be >= 0 ms but was " + maxJumpMs);
    }
    arms = List.copyOf(arms);
    if (arms.isEmpty()) {
      throw new IllegalArgumentException("arms must have at least 1 entry but had 0");
    }
    if (arms.stream().map(ArmSpec::name).distinct().count() < arms.size()) {
      throw new IllegalArgumentException(
          "arm names must be unique but were " + arms.stream().map(ArmSpec::name).toList());
    }
    if (hash.refresh().byDrift() && !drift.decides()) {
      throw new IllegalArgumentException(
          "hash.refresh must be windows where no detector watches traffic, label rate or teacher,"
              + " but was "
              + hash.refresh().when().name().toLowerCase(Locale.ROOT));
    }
    for (ArmSpec arm : arms) {
      int tables = arm.options().internalTables();
      if (tables > 1 && tables != teacher.trainer().dim()) {
        throw new IllegalArgumentException(
            "internal_tables must be 1 or teacher.dim ("
                + teacher.trainer().dim()
                + ") but was "
                + tables);
      }
      if (arm.hash() == ArmSpec.Hash.LEARNED && teacher.sample() == 0) {
        throw new IllegalArgumentException(
            "teacher.sample must be > 0 for the learned map of arm " + arm.name() + " but was 0");
      }
    }
  }

  /**
   * The sub-windows that are watched: {@code drift.parts} a pane, but at most one a millisecond.
   */
  public WatchGrid watchGrid() {
    return new WatchGrid(windows, (int) Math.min(drift.perPane(), windows.slideMs()));
  }

  /** The sub-windows at whose ends maps may be built: those that are watched, or whole panes. */
  public MapGrid mapGrid() {
    return hash.refresh().byDrift() ? MapGrid.of(watchGrid()) : MapGrid.ofPanes(windows);
  }

  /** Decay factor applied to access counts at each pane's end, in (0, 1]; 1 disables decay. */
  public double decay() {
    return counts.decay();
  }

  /** True if a field's table is large enough to be compressed. */
  public boolean qualifies(int field) {
    return schema.fields().get(field).expectedIds() >= hash.minRows();
  }

  /** True if {@code arm} compresses a field. */
  public boolean compressed(ArmSpec arm, int field) {
    return arm.hash().compresses() && qualifies(field);
  }

  /**
   * Bytes of a field's row as it is served: a full vector, also where tables have shorter or pruned
   * rows; or the shorter rows that make a vector together, where rows are concatenated.
   */
  public int servedRowBytes(ArmSpec arm, int field) {
    int dim = arm.learner().trainer().dim();
    int pieces = compressed(arm, field) && arm.combine() == Combine.CONCAT ? arm.lookups() : 1;
    int length = dim / pieces;
    return pieces * publish.rows().forLength(length).rowBytes(length);
  }

  /** Bytes of a full row in single precision, to which a budget that is a share refers. */
  public int fullRowBytes() {
    return Float.BYTES * student.learner().trainer().dim();
  }

  /** Expected ids of all fields that are large enough to be compressed. */
  public long compressedIds() {
    return qualifyingFields().stream().mapToLong(f -> schema.fields().get(f).expectedIds()).sum();
  }

  /** The number that the next new column gets, above all that columns have had. */
  public int nextNumber() {
    return Math.max(columns.next(), 1 + Collections.max(schema.numbers()));
  }

  /** Numbers of columns that the job had before, ascending. */
  public List<Integer> dropped() {
    return IntStream.range(0, nextNumber())
        .boxed()
        .filter(number -> !schema.numbers().contains(number))
        .toList();
  }

  /**
   * The job as it was before columns were added or dropped last: with the columns of that time, to
   * read state that is laid out by them. This job if its columns have not changed.
   */
  public JobSpec former() {
    ColumnHistory.Former former = columns.former();
    return former == null
        ? this
        : with(JobSpec::schema, former.schema()).with(JobSpec::columns, former.columns());
  }

  /** Index of a field in {@link #former}, or -1 if it is new. */
  public int formerField(int field) {
    String name = schema.fields().get(field).name();
    return columns.former() == null ? -1 : columns.former().schema().field(name);
  }

  /**
   * The job by which a kept field got its rows, which stay as they are: {@link #former}, with the
   * {@code expected_ids} that the field has today.
   *
   * @param field with a {@link #formerField}
   */
  public JobSpec sizing(int field) {
    JobSpec former = former();
    int was = formerField(field);
    CategoricalField now = schema.fields().get(field);
    return former.with(JobSpec::schema, former.schema().with(was, now));
  }

  /** Fields that are large enough to be compressed. */
  public List<Integer> qualifyingFields() {
    List<Integer> fields = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      if (qualifies(f)) {
        fields.add(f);
      }
    }
    return fields;
  }

  /** The distinct kinds of map that the arms need, by name, each with an arm that asks for it. */
  public Map<String, ArmSpec> mapSpecs() {
    Map<String, ArmSpec> specs = new LinkedHashMap<>();
    for (ArmSpec arm : arms) {
      if (arm.hash().mapped()) {
        specs.putIfAbsent(mapSpec(arm), arm);
      }
    }
    return specs;
  }

  /** Names the kind of map an arm uses; arms of the same name share their maps. */
  public String mapSpec(ArmSpec arm) {
    return arm.mapSpec(student.learner().trainer().dim());
  }

  /** True if an arm's tables are factorised. */
  public boolean factorised() {
    return arms.stream().anyMatch(arm -> arm.table() == ArmSpec.Table.MLET);
  }

  /** True if there is a teacher: an arm's maps are built from its values, and it samples events. */
  public boolean needsTeacher() {
    return teacher.sample() > 0 && arms.stream().anyMatch(arm -> arm.hash().valued());
  }
}
