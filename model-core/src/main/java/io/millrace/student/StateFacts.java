package io.millrace.student;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.WindowSpec;
import io.millrace.linear.LinearOptions;
import io.millrace.maps.FieldSize;
import io.millrace.maps.LinearSize;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.TableOptions;
import io.millrace.table.MletOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The settings that determine the layout of state, saved with it: a job that continues from the
 * state must have the same ones. All others, such as learning rates and batch sizes, may change.
 *
 * <p>Bytes: {@code i32 n}, then n times key and value as UTF. Keys are those of the job file, or
 * name a field.
 */
public final class StateFacts implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final String NEW_RUN = "put it back, or start a new run without --from";

  private static final String OTHER_COLUMNS =
      "put columns back, or continue where --from can be read from a savepoint that this version"
          + " wrote";

  /** Left out where maps are built at the ends of windows only, as in earlier states. */
  private static final String REFRESH = "hash.refresh";

  /** Fields of numbers, whose ids are others than those of texts; left out if there are none. */
  private static final String NUMBER = "schema.categorical[].number";

  /** Of fields, then dense columns, then of the next; left out if they are 0, 1, ... */
  private static final String NUMBERS = "schema.numbers";

  private static final String DENSE = "schema.dense";
  private static final String FIELDS = "schema.categorical";
  private static final String OF_FIELD = " of field ";
  private static final String MLET_K = "student.mlet_k";

  /** Left out where it is {@code table}, as in earlier states. */
  private static final String MLET_SHARED = "student.mlet_shared";

  /** Whether a bottom MLP's output has a ReLU; left out if it has, as in earlier states. */
  private static final String BOTTOM_OUTPUT = ".bottom_output";

  private final String remedy;
  private final JobSpec job;
  private final LinkedHashMap<String, String> values = new LinkedHashMap<>();

  /** The facts for the job as it was; null if its columns are the same. */
  private final StateFacts former;

  private StateFacts(String remedy, JobSpec job, Function<JobSpec, StateFacts> maker) {
    this.remedy = remedy;
    this.job = job;
    this.former = job.columns().former() == null ? null : maker.apply(job.former());
  }

  /**
   * The settings for the state of counts, maps and gates.
   *
   * @param seed root of all random numbers
   * @param topic name of the events topic
   */
  public static StateFacts ofJob(JobSpec job, long seed, String topic) {
    StateFacts facts = new StateFacts(NEW_RUN, job, former -> ofJob(former, seed, topic));
    facts.put("seeds", seed);
    facts.put("kafka.events", topic);
    facts.putEvents(job);
    facts.put("counts.shards", job.counts().shards());
    return facts;
  }

  /** The settings for the state of a student. */
  public static StateFacts ofStudent(JobSpec job, ArmSpec arm) {
    StateFacts facts =
        new StateFacts(
            "put it back, or give the arm another name, under which it starts anew",
            job,
            former -> ofStudent(former, arm));
    facts.putEvents(job);
    if (arm.hash() != ArmSpec.Hash.NONE) {
      facts.putTrainer("student", arm.learner().trainer());
    }
    facts.put("arms[].hash", arm.hash());
    facts.put("arms[].table", arm.table());
    facts.put("arms[].combine", arm.combine());
    facts.put("arms[].internal_tables", arm.options().internalTables());
    TableOptions tables = arm.options().tables();
    switch (arm.table()) {
      case MLET -> {
        facts.put(MLET_K, arm.learner().mlet().k(arm.learner().trainer().dim()));
        if (arm.learner().mlet().shared() == MletOptions.Shared.DENSE) {
          facts.put(MLET_SHARED, MletOptions.Shared.DENSE);
        }
      }
      case PEP -> {
        facts.put("arms[].pep.granularity", tables.pep().granularity());
        facts.put("arms[].mask_from", tables.maskFrom());
      }
      case PLAIN, MIXED -> {}
    }
    List<Integer> lengths =
        arm.table() == ArmSpec.Table.MIXED
            ? new StudentTables(job, arm, 0).rowLengths()
            : List.of();
    facts.putLinear(job, arm);
    for (int f = 0; f < job.schema().fields().size(); f++) {
      facts.putField(job, arm, f);
      int large = job.qualifyingFields().indexOf(f);
      if (large >= 0 && !lengths.isEmpty()) {
        facts.put("floats a row" + OF_FIELD + name(job, f), lengths.get(large));
      }
    }
    return facts;
  }

  private void putLinear(JobSpec job, ArmSpec arm) {
    LinearOptions linear = arm.learner().linear();
    if (LinearSize.slots(job, arm) > 0) {
      put("student.linear.bins", linear.bins());
    }
    if (linear.slots() > 0) {
      put("student.linear.slots", linear.slots());
    }
  }

  private void putField(JobSpec job, ArmSpec arm, int f) {
    String name = name(job, f);
    if (arm.hash() == ArmSpec.Hash.NONE) {
      put("rows" + OF_FIELD + name, "none");
      return;
    }
    if (!job.compressed(arm, f)) {
      put("rows" + OF_FIELD + name, "one an id");
      return;
    }
    put("rows" + OF_FIELD + name, FieldSize.of(job, arm, f).rows());
    if (arm.hash() == ArmSpec.Hash.QR) {
      put("expected_ids" + OF_FIELD + name, job.schema().fields().get(f).expectedIds());
    }
  }

  private static String name(JobSpec job, int f) {
    return job.schema().fields().get(f).name();
  }

  /** The settings for the state of a teacher. */
  public static StateFacts ofTeacher(JobSpec job) {
    StateFacts facts = new StateFacts(NEW_RUN, job, StateFacts::ofTeacher);
    facts.putEvents(job);
    facts.putTrainer("teacher", job.teacher().trainer());
    return facts;
  }

  private void putEvents(JobSpec job) {
    WindowSpec windows = job.windows();
    if (job.hash().refresh().byDrift()) {
      String when = job.hash().refresh().when().name().toLowerCase(Locale.ROOT);
      put(REFRESH, when + " with drift.parts " + job.mapGrid().perPane());
    }
    put("windows.size", windows.sizeMs() + " ms");
    put("windows.slide", windows.slideMs() + " ms");
    put("windows.offset", windows.offsetMs() + " ms");
    put(DENSE, job.schema().dense().stream().map(DenseColumn::name).toList());
    List<CategoricalField> fields = job.schema().fields();
    put(FIELDS, fields.stream().map(CategoricalField::name).toList());
    if (fields.stream().anyMatch(CategoricalField::number)) {
      put(
          NUMBER,
          fields.stream().filter(CategoricalField::number).map(CategoricalField::name).toList());
    }
    List<Integer> numbers = job.schema().numbers();
    if (!job.schema().numberedByPosition() || job.nextNumber() > numbers.size()) {
      put(NUMBERS, numbers + " and then " + job.nextNumber());
    }
  }

  private void putTrainer(String section, TrainerOptions trainer) {
    put(section + ".dim", trainer.dim());
    put(section + ".bottom", trainer.bottom());
    if (!trainer.bottomRelu()) {
      put(section + BOTTOM_OUTPUT, "linear");
    }
    put(section + ".top", trainer.top());
    put(section + ".table.rule", trainer.table().rule());
    put(section + ".dense.rule", trainer.dense().rule());
  }

  private void put(String key, Object value) {
    values.put(
        key,
        value instanceof Enum<?> choice
            ? choice.name().toLowerCase(Locale.ROOT).replace('_', '-')
            : value.toString());
  }

  /** Writes the settings. */
  public void write(DataOutput out) throws IOException {
    out.writeInt(values.size());
    for (Map.Entry<String, String> fact : values.entrySet()) {
      out.writeUTF(fact.getKey());
      out.writeUTF(fact.getValue());
    }
  }

  /**
   * Reads the settings that state was written with, and compares them with these, or with those of
   * the job as it was before columns were added or dropped.
   *
   * @param owner of the state, for the message
   * @return the job whose columns the state is laid out by: this one, or its {@link JobSpec#former}
   * @throws IllegalArgumentException naming the first setting that differs
   */
  public JobSpec check(String owner, DataInput in) throws IOException {
    Map<String, String> saved = read(in);
    boolean same = hasColumns(saved);
    boolean before = !same && former != null && former.hasColumns(saved);
    List<String> differences = new ArrayList<>();
    if (before) {
      differences.addAll(differences(saved, ofKept(saved), false));
    }
    differences.addAll(differences(saved, before ? former.values : values, true));
    if (!differences.isEmpty()) {
      String others =
          differences.size() == 1 ? "" : " (and " + (differences.size() - 1) + " more changes)";
      String what = same || before ? remedy : OTHER_COLUMNS;
      throw new IllegalArgumentException(owner + ": " + differences.get(0) + others + "; " + what);
    }
    return before ? former.job : job;
  }

  /** Reads past what {@link #write} wrote. */
  public static void skip(DataInput in) throws IOException {
    read(in);
  }

  private static Map<String, String> read(DataInput in) throws IOException {
    Map<String, String> saved = new LinkedHashMap<>();
    for (int n = in.readInt(); n > 0; n--) {
      saved.put(in.readUTF(), in.readUTF());
    }
    return saved;
  }

  /** The job that the settings are of. */
  public JobSpec job() {
    return job;
  }

  private boolean hasColumns(Map<String, String> saved) {
    return Stream.of(DENSE, FIELDS, NUMBERS)
        .allMatch(key -> Objects.equals(values.get(key), saved.get(key)));
  }

  /** These settings without those about columns that are new. */
  private Map<String, String> ofKept(Map<String, String> saved) {
    Map<String, String> kept = new LinkedHashMap<>(values);
    for (String key : List.of(DENSE, FIELDS, NUMBERS, NUMBER)) {
      kept.remove(key);
      kept.computeIfAbsent(key, saved::get);
    }
    for (CategoricalField field : job.schema().fields()) {
      if (former.job.schema().field(field.name()) < 0) {
        kept.keySet().removeIf(key -> key.endsWith(OF_FIELD + field.name()));
      }
    }
    return kept;
  }

  /**
   * How settings differ from saved ones.
   *
   * @param all whether saved settings that are not among them are differences
   */
  private static List<String> differences(
      Map<String, String> saved, Map<String, String> settings, boolean all) {
    Map<String, String> was = new LinkedHashMap<>(saved);
    Map<String, String> now = new LinkedHashMap<>(settings);
    putLeftOut(was);
    putLeftOut(now);
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, String> fact : now.entrySet()) {
      String before = was.remove(fact.getKey());
      if (!Objects.equals(before, fact.getValue())) {
        differences.add(difference(fact.getKey(), before, fact.getValue()));
      }
    }
    if (all) {
      was.forEach((key, before) -> differences.add(difference(key, before, null)));
    }
    return differences;
  }

  private static void putLeftOut(Map<String, String> facts) {
    facts.putIfAbsent(REFRESH, "windows");
    facts.putIfAbsent(NUMBER, "[]");
    if (facts.containsKey(MLET_K)) {
      facts.putIfAbsent(MLET_SHARED, "table");
    }
    facts.putIfAbsent("student" + BOTTOM_OUTPUT, "relu");
    facts.putIfAbsent("teacher" + BOTTOM_OUTPUT, "relu");
  }

  private static String difference(String key, String was, String is) {
    if (was == null) {
      return key + " must be unset, as in the saved state, but was " + is;
    }
    if (is == null) {
      return key + " must stay " + was + ", as in the saved state, but was unset";
    }
    if (was.startsWith("[") && key.startsWith("schema.")) {
      return key + " must stay as in the saved state but " + changes(names(was), names(is));
    }
    return key + " must stay " + was + ", as in the saved state, but was " + is;
  }

  private static List<String> names(String list) {
    String inside = list.substring(1, list.length() - 1);
    return inside.isEmpty() ? List.of() : Arrays.asList(inside.split(", "));
  }

  private static String changes(List<String> was, List<String> is) {
    List<String> added = new ArrayList<>(is);
    added.removeAll(was);
    List<String> removed = new ArrayList<>(was);
    removed.removeAll(is);
    if (added.isEmpty() && removed.isEmpty()) {
      return "had another order: " + is;
    }
    return (added.isEmpty() ? "" : "had " + String.join(", ", added) + " added")
        + (added.isEmpty() || removed.isEmpty() ? "" : " and ")
        + (removed.isEmpty() ? "" : "lacked " + String.join(", ", removed));
  }
}
