package io.millrace.student;

import io.millrace.counts.CountRules;
import io.millrace.counts.IdCounts;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.event.Transform;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.maps.TeacherValues;
import io.millrace.math.Mix64;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import io.millrace.table.FrozenState;
import io.millrace.teacher.Teacher;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The steps of a loop one by one, as operators call them, over jobs whose columns change: counts
 * and map builders of kept fields go on, teacher and students read their state.
 */
final class ColumnStream implements AutoCloseable {

  /** Columns of an event of {@link SmallJob} and more: a dense one, a large and a small field. */
  static final List<DenseColumn> DENSE =
      List.of(
          DenseColumn.of("new", new Transform.Identity()),
          DenseColumn.of("d", new Transform.Identity()));

  static final List<CategoricalField> FIELDS =
      List.of(
          CategoricalField.of("large", 400),
          CategoricalField.of("big", 400),
          CategoricalField.of("tiny", 3),
          CategoricalField.of("small", 5));

  /** Days of a stream. */
  static final int DAYS = 5;

  private static final long SEED = 7;

  final JobSpec job;
  final List<MetricLine> lines;
  final List<SwitchLine> switches = new ArrayList<>();
  final List<Student> students = new ArrayList<>();
  final Teacher teacher;
  private final Map<String, IdCounts> counts = new HashMap<>();
  private final Map<String, MapBuilder> builders = new HashMap<>();
  private final Map<String, MapVersion> maps;
  private final TreeMap<Long, Map<String, TeacherValues>> values = new TreeMap<>();
  private final Set<String> counted = new HashSet<>();
  private long openPane;

  /** Whether maps that are due are there. */
  boolean there = true;

  /** Has seen nothing. */
  ColumnStream(JobSpec job) {
    this(job, new ArrayList<>(), new HashMap<>());
  }

  private ColumnStream(JobSpec job, List<MetricLine> lines, Map<String, MapVersion> maps) {
    this.job = job;
    this.lines = lines;
    this.maps = maps;
    Refreshes decisions = Refreshes.ofWindows(job.mapGrid());
    teacher = new Teacher(job, "teacher", SEED, decisions, new Values());
    for (ArmSpec arm : job.arms()) {
      students.add(new Student(job, arm, SEED, new Maps(), decisions, new Lines()));
    }
    for (int f = 0; f < job.schema().fields().size(); f++) {
      counts.put(name(f), new IdCounts(CountRules.of(job.counts(), job.mapGrid())));
      builders.put(name(f), new MapBuilder(job, f, SEED));
    }
  }

  /** Of a field that no event of a pane has, no map is built, as in the job. */
  private final class Maps implements Student.MapSource {
    @Override
    public boolean ready(String spec, int field, long pane) {
      return there;
    }

    @Override
    public MapVersion await(String spec, int field, long pane) {
      String key = spec + name(field) + "@" + pane;
      if (!maps.containsKey(key)) {
        throw new IllegalStateException("nobody will ever build " + key);
      }
      return maps.get(key);
    }
  }

  private String name(int field) {
    return job.schema().fields().get(field).name();
  }

  private final class Values implements Teacher.Listener {
    @Override
    public void values(int field, long pane, boolean builds, TeacherValues v) {
      values.computeIfAbsent(pane, p -> new HashMap<>()).put(name(field), v);
    }

    @Override
    public void passed(long watermark) {}
  }

  private final class Lines implements Student.Listener {
    @Override
    public void metrics(MetricLine line) {
      lines.add(line);
    }

    @Override
    public void switched(SwitchLine line) {
      switches.add(line);
    }

    @Override
    public void publish(Student student, Student.PublishCause cause) {}
  }

  /** A job with some of the columns. */
  static JobSpec job(JobSpec job, List<String> dense, List<String> fields) {
    return job.with(
        JobSpec::schema,
        new Schema(
            dense.stream().map(name -> named(DENSE, name)).toList(),
            fields.stream().map(ColumnStream::field).toList(),
            job.schema().label(),
            job.schema().time()));
  }

  private static DenseColumn named(List<DenseColumn> columns, String name) {
    return columns.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  private static CategoricalField field(String name) {
    return FIELDS.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  /** An event of {@link SmallJob} with values in all columns, as a job of some of them has it. */
  static ClickEvent event(ClickEvent event, JobSpec job) {
    long id = event.ids()[0];
    long mixed = Mix64.mix(id + 1) & 0xFF;
    ClickEvent all =
        new ClickEvent(
            event.eventTime(),
            event.label(),
            new float[] {mixed / 256f - .5f, event.dense()[0]},
            new long[] {mixed, id, mixed % 3, event.ids()[1]},
            new int[] {0, 1, 2, 3, 4});
    SchemaChange change =
        new SchemaChange(
            DENSE.stream().map(DenseColumn::name).toList(),
            FIELDS.stream().map(CategoricalField::name).toList(),
            job.schema());
    return change.mover().move(all);
  }

  /** Takes events of {@link SmallJob}, each after the watermark just before it. */
  void take(List<ClickEvent> events) {
    for (ClickEvent each : events) {
      ClickEvent event = event(each, job);
      watermark(event.eventTime() - 1);
      long pane = job.windows().pane(event.eventTime());
      for (int f = 0; f < event.fields(); f++) {
        counted.add(name(f));
        counts.get(name(f)).add(pane, event.ids()[f], 1, event.clicked() ? 1 : 0);
      }
      teacher.onEvent(event, false);
      students.forEach(student -> student.onEvent(event, false));
    }
  }

  void watermark(long watermark) {
    teacher.onWatermark(watermark);
    while (job.windows().closed(openPane, watermark) && openPane < DAYS) {
      for (int f = 0; f < job.schema().fields().size(); f++) {
        build(f);
      }
      openPane++;
      counted.clear();
    }
    students.forEach(student -> student.onWatermark(watermark));
  }

  private void build(int f) {
    TeacherValues known = values.getOrDefault(openPane, Map.of()).get(name(f));
    IdCounts table = counts.get(name(f));
    table.closeSubWindow(openPane);
    MapBuilder.Result result =
        builders.get(name(f)).build(openPane, true, table.closePane(openPane), known, null);
    if (!counted.contains(name(f))) {
      return;
    }
    result.without().forEach(spec -> maps.put(key(spec, f), null));
    result.maps().forEach(map -> maps.put(key(map.header().spec(), f), map));
  }

  private String key(String spec, int f) {
    return spec + name(f) + "@" + openPane;
  }

  /** The same stream after a restart, of a job with other columns. */
  ColumnStream goOn(JobSpec next) throws IOException {
    ColumnStream stream = new ColumnStream(next, lines, maps);
    stream.openPane = openPane;
    stream.counted.addAll(counted);
    SchemaChange change = SchemaChange.between(job.schema(), next.schema());
    DataInputStream saved = saved(teacher::writeState);
    if (change.none()) {
      stream.teacher.readState(Teacher.FORMAT, saved);
    } else {
      stream.teacher.readFormer(Teacher.FORMAT, saved, job);
    }
    for (int a = 0; a < students.size(); a++) {
      read(students.get(a), stream.students.get(a), change);
    }
    for (String name : counts.keySet()) {
      stream.counts.computeIfPresent(name, (n, fresh) -> counts.get(n));
      if (stream.builders.containsKey(name)) {
        stream.builders.get(name).readState(saved(builders.get(name)::writeState));
      }
    }
    close();
    return stream;
  }

  private static void read(Student from, Student to, SchemaChange change) throws IOException {
    DataInputStream saved = saved(from::writeState);
    if (change.none()) {
      to.readState(Student.FORMAT, saved);
    } else {
      FormerStudent.read(to, from.job(), Student.FORMAT, saved);
    }
    if (saved.available() > 0) {
      throw new IOException(saved.available() + " bytes are left");
    }
  }

  static DataInputStream saved(FrozenState.Writer writer) throws IOException {
    return new DataInputStream(new ByteArrayInputStream(bytes(writer)));
  }

  static byte[] bytes(FrozenState.Writer writer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    writer.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    teacher.close();
    students.forEach(Student::close);
  }
}
