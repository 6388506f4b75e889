package io.millrace.jobfile;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.TeacherValue;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.event.WindowSpec;
import io.millrace.format.EventFile;
import io.millrace.format.TextFormat;
import io.millrace.hash.ColdPolicy;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.Budget;
import io.millrace.spec.CountOptions;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TableOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.student.StudentTables;
import io.millrace.table.Combine;
import io.millrace.table.PepOptions;
import io.millrace.table.TableOptimizer;
import io.millrace.time.LateGate;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Reads the sections of a job file, in the order of the reference page. */
final class JobConfigReader {

  /** Keys of the section {@code hash.cluster}, which {@link ClusterOptions} knows too. */
  static final List<String> CLUSTER_KEYS =
      List.of(
          "merges_per_step",
          "max_cluster_size",
          "filters",
          "value_rule",
          "norm",
          "rounding",
          "cap_test",
          "chain_split",
          "truncate",
          "pair_range",
          "freq_tie");

  private JobConfigReader() {}

  static JobConfig read(ConfigSection root, Map<String, Object> resolved) {
    String name = root.name("name");
    EventFile.Format format = format(root.section("format"));
    Schema schema = SchemaConfig.read(root.section("schema"));
    EventLimits limits = limits(root.section("limits"));
    KafkaOptions kafka = kafka(root.section("kafka"), name);
    ConfigSection teacher = root.section("teacher");
    boolean gpu = teacher.flag("gpu");
    ConfigSection counts = root.section("counts");
    int countMemoryMb = counts.smallInteger("memory_mb");
    ConfigSection drift = root.section("drift");
    String webhook = drift.webhook("webhook");
    JobSpec spec = spec(root, schema, counts(counts), teacher(teacher), drift);
    RunOptions run = run(root, gpu, countMemoryMb, kafka.topics().partitions(), webhook);
    List<Long> seeds = root.integers("seeds");
    if (seeds.isEmpty()) {
      throw root.error("seeds", "must have at least 1 entry");
    }
    return new JobConfig(name, format, limits, spec, kafka, run, seeds, resolved);
  }

  /** What {@code make} makes; its complaint gets the section's name and place. */
  private static <T> T checked(ConfigSection section, Supplier<T> make) {
    try {
      return make.get();
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw section.error(e);
    }
  }

  private static <E extends Enum<E>> E choice(Class<E> type, String key) {
    return Enum.valueOf(type, key.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static EventFile.Format format(ConfigSection section) {
    TextFormat type = choice(TextFormat.class, section.text("type"));
    List<String> columns = ColumnNames.expand(section.texts("columns"));
    return checked(section, () -> new EventFile.Format(type, columns));
  }

  private static EventLimits limits(ConfigSection section) {
    int bytes = section.smallInteger("max_record_bytes");
    int ids = section.smallInteger("max_ids_per_field");
    int first = section.smallInteger("min_year");
    int last = section.smallInteger("max_year");
    if (last < first) {
      throw section.error("max_year", "must be >= min_year (" + first + ")");
    }
    long ahead = section.duration("max_ahead").toMillis();
    return checked(section, () -> new EventLimits(bytes, ids, year(first), year(last + 1), ahead));
  }

  private static long year(int year) {
    return LocalDate.of(year, 1, 1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
  }

  private static KafkaOptions kafka(ConfigSection section, String name) {
    String bootstrap = section.name("bootstrap");
    String prefix = orElse(section.text("prefix"), name);
    String events = orElse(section.text("events"), prefix + ".events");
    String group = orElse(section.text("group"), prefix);
    boolean binary = section.text("value").equals("binary");
    int partitions = section.smallInteger("partitions");
    int replication = section.smallInteger("replication");
    Map<String, String> properties = section.map("properties", ClientSettings::mayBeSecret);
    return checked(
        section,
        () ->
            new KafkaOptions(
                new ClientSettings(bootstrap, properties),
                new Topics(prefix, events, partitions, replication),
                group,
                binary));
  }

  private static String orElse(String text, String ifEmpty) {
    return text.isEmpty() ? ifEmpty : text;
  }

  private static DriftOptions drift(ConfigSection section) {
    Map<DriftOptions.Stream, List<DriftOptions.Detector>> detectors = new TreeMap<>();
    for (DriftOptions.Stream stream : DriftOptions.Stream.values()) {
      List<DriftOptions.Detector> named = new ArrayList<>();
      for (String name : section.texts(stream.key())) {
        named.add(
            Arrays.stream(DriftOptions.Detector.values())
                .filter(detector -> ConfigKeys.key(detector).equals(name))
                .findFirst()
                .orElseThrow(
                    () ->
                        section.error(stream.key(), "must be any of adwin, page-hinkley, kswin")));
      }
      detectors.put(stream, List.copyOf(named));
    }
    return checked(
        section,
        () ->
            new DriftOptions(
                (int) section.integer("parts"),
                (int) section.integer("warm_up"),
                (int) section.integer("cool_down"),
                section.number("threshold"),
                detectors));
  }

  private static JobSpec spec(
      ConfigSection root,
      Schema schema,
      CountOptions counts,
      TeacherOptions teacher,
      ConfigSection watched) {
    ConfigSection windows = root.section("windows");
    WindowSpec windowSpec = windows(windows);
    LateGate.Policy late = choice(LateGate.Policy.class, windows.text("late"));
    StudentOptions student = student(root.section("student"));
    HashOptions hash = hash(root.section("hash"));
    int dim = student.trainer().dim();
    int teacherDim = teacher.trainer().dim();
    List<ConfigSection> armSections = root.sections("arms");
    List<ArmSpec> arms = armSections.stream().map(arm -> arm(arm, dim, teacherDim)).toList();
    PublishOptions publish = publish(root.section("publish"));
    boolean floor = watched.text("floor").equals("second-teacher");
    DriftOptions drift = drift(watched);
    JobSpec spec =
        checked(
            root,
            () ->
                new JobSpec(
                    schema,
                    windowSpec,
                    late,
                    counts,
                    teacher,
                    hash,
                    student,
                    arms,
                    publish,
                    floor,
                    drift));
    for (int a = 0; a < arms.size(); a++) {
      ArmSpec arm = arms.get(a);
      checked(
          armSections.get(a),
          () -> {
            spec.checkBudget(arm);
            new StudentTables(spec, arm, 0);
            return arm;
          });
    }
    return spec;
  }

  private static WindowSpec windows(ConfigSection section) {
    Duration size = section.duration("size");
    Duration slide = section.duration("slide", size);
    Duration offset = section.duration("offset");
    Duration lateness = section.duration("lateness");
    return checked(
        section,
        () ->
            new WindowSpec(
                size.toMillis(), slide.toMillis(), offset.toMillis(), lateness.toMillis()));
  }

  private static CountOptions counts(ConfigSection section) {
    int shards = section.smallInteger("shards");
    double decay = section.number("decay");
    int maxIds = section.smallInteger("max_ids");
    int forgetAfter = section.smallInteger("forget_after");
    return checked(section, () -> new CountOptions(decay, shards, maxIds, forgetAfter));
  }

  private static TrainerOptions trainer(ConfigSection section) {
    int dim = section.smallInteger("dim");
    List<Integer> bottom = widths(section, "bottom");
    List<Integer> top = widths(section, "top");
    int batch = section.smallInteger("batch");
    TableOptimizer table = table(section.section("table"));
    DenseOptimizer dense = dense(section.section("dense"));
    String engine = section.text("engine");
    return checked(
        section, () -> new TrainerOptions(dim, bottom, top, batch, table, dense, engine));
  }

  private static List<Integer> widths(ConfigSection section, String key) {
    List<Long> widths = section.integers(key);
    if (widths.stream().anyMatch(width -> width < 1 || width > 1 << 16)) {
      throw section.error(key, "must be whole numbers in 1..65536");
    }
    return widths.stream().map(Long::intValue).toList();
  }

  private static TableOptimizer table(ConfigSection section) {
    TableOptimizer.Rule rule = choice(TableOptimizer.Rule.class, section.text("rule"));
    double lr = section.number("lr");
    return checked(section, () -> new TableOptimizer(rule, lr));
  }

  private static DenseOptimizer dense(ConfigSection section) {
    DenseOptimizer.Rule rule = choice(DenseOptimizer.Rule.class, section.text("rule"));
    double lr = section.number("lr");
    double decay = section.number("weight_decay");
    return checked(
        section,
        () -> {
          DenseOptimizer usual = DenseOptimizer.of(rule, lr);
          return new DenseOptimizer(rule, lr, usual.beta1(), usual.beta2(), usual.epsilon(), decay);
        });
  }

  private static TeacherOptions teacher(ConfigSection section) {
    TrainerOptions trainer = trainer(section);
    double sample = section.number("sample");
    int maxIds = section.smallInteger("max_ids");
    return checked(section, () -> new TeacherOptions(trainer, sample, maxIds));
  }

  private static StudentOptions student(ConfigSection section) {
    TrainerOptions trainer = trainer(section);
    int k = section.smallInteger("mlet_k");
    double std = section.number("mlet_std");
    boolean wait = section.flag("wait_for_maps");
    int held = section.smallInteger("max_held");
    int maxIds = section.smallInteger("max_ids");
    int regret = section.smallInteger("regret_events");
    int memory = section.smallInteger("regret_memory_mb");
    return checked(
        section, () -> new StudentOptions(trainer, k, std, wait, held, maxIds, regret, memory));
  }

  private static HashOptions hash(ConfigSection section) {
    long minRows = section.integer("min_rows");
    ColdPolicy cold = choice(ColdPolicy.class, section.text("cold"));
    double reserve = section.number("reserve");
    double kept = section.number("kept");
    int clusters = section.smallInteger("clusters");
    TeacherValue value = choice(TeacherValue.class, section.text("value"));
    ClusterOptions cluster = cluster(section.section("cluster"));
    int bits = section.smallInteger("signature_bits");
    HashOptions.Counts counts = choice(HashOptions.Counts.class, section.text("counts"));
    double newTraffic = section.number("max_new_traffic");
    boolean dump = section.flag("dump_inputs");
    RefreshOptions refresh =
        new RefreshOptions(
            choice(RefreshOptions.When.class, section.text("refresh")),
            section.smallInteger("refresh_delay"),
            section.smallInteger("refresh_gap"));
    return checked(
        section,
        () ->
            new HashOptions(
                minRows,
                cold,
                reserve,
                kept,
                clusters,
                value,
                cluster,
                bits,
                counts,
                newTraffic,
                dump,
                refresh));
  }

  private static ClusterOptions cluster(ConfigSection section) {
    ClusterOptions options = ClusterOptions.DEFAULT;
    for (String key : CLUSTER_KEYS) {
      ClusterOptions before = options;
      String value = section.text(key);
      options = checked(section, () -> before.with(key, value));
    }
    return options;
  }

  private static ArmSpec arm(ConfigSection section, int dim, int teacherDim) {
    String name = section.name("name");
    ArmSpec.Hash hash = choice(ArmSpec.Hash.class, section.text("hash"));
    Budget budget = checked(section, () -> budget(section));
    ArmSpec.Table table = choice(ArmSpec.Table.class, section.text("table"));
    Combine combine = combine(section.text("combine"));
    double hot = section.number("hot");
    int tables = section.text("internal_tables").equals("D") ? teacherDim : 1;
    TableOptions options = tables(section);
    return checked(
        section,
        () -> {
          ArmSpec arm =
              new ArmSpec(
                  name, hash, budget, table, new ArmSpec.Options(combine, hot, tables, options));
          arm.checkDim(dim);
          return arm;
        });
  }

  /** Bytes before rows before a ratio, which has a default. */
  private static Budget budget(ConfigSection section) {
    double ratio = section.number("ratio");
    int rows = section.smallInteger("rows");
    String bytes = section.text("bytes");
    return !bytes.isEmpty()
        ? Budget.bytes(bytes)
        : rows > 0 ? Budget.rows(rows) : Budget.ratio(ratio);
  }

  private static Combine combine(String key) {
    return switch (key) {
      case "auto" -> null;
      case "add" -> Combine.SUM;
      default -> choice(Combine.class, key);
    };
  }

  private static TableOptions tables(ConfigSection arm) {
    ConfigSection mixed = arm.section("mixed");
    double alpha = mixed.number("alpha");
    int d0 = mixed.smallInteger("d0");
    double share = mixed.number("share");
    boolean powers = mixed.flag("powers_of_two");
    ConfigSection pep = arm.section("pep");
    double keep = pep.number("keep");
    PepOptions.Granularity granularity =
        choice(PepOptions.Granularity.class, pep.text("granularity"));
    double start = pep.number("start");
    double lr = pep.number("lr");
    double drift = pep.number("drift");
    double leak = pep.number("leak");
    return new TableOptions(
        new TableOptions.Mixed(alpha, d0, share, powers),
        new PepOptions(granularity, keep, start, lr, drift, leak),
        arm.text("mask_from"));
  }

  private static PublishOptions publish(ConfigSection section) {
    long events = section.integer("every_events");
    int seconds = section.smallInteger("every_seconds");
    int keep = section.smallInteger("keep");
    int keepMaps = section.smallInteger("keep_maps");
    return checked(section, () -> new PublishOptions(events, seconds, keep, keepMaps));
  }

  private static RunOptions run(
      ConfigSection root, boolean gpu, int countMemoryMb, int partitions, String webhook) {
    ConfigSection checkpoints = root.section("checkpoints");
    ConfigSection parallelism = root.section("parallelism");
    ConfigSection time = root.section("time");
    if (parallelism.integer("trainers") != 1) {
      throw parallelism.error("trainers", "must be 1, as trainers have parallelism 1 for now,");
    }
    if (parallelism.integer("source") > partitions) {
      throw parallelism.error(
          "source",
          "must be at most kafka.partitions (%d), as a reader without one holds back time,"
              .formatted(partitions));
    }
    return new RunOptions(
        checkpoints.duration("interval"),
        checkpoints.text("dir"),
        checkpoints.text("backend"),
        checkpoints.smallInteger("restarts"),
        checkpoints.duration("restart_delay"),
        parallelism.smallInteger("source"),
        parallelism.smallInteger("counts"),
        parallelism.smallInteger("maps"),
        countMemoryMb,
        time.duration("idle_after"),
        time.duration("alignment"),
        time.duration("map_timeout"),
        gpu,
        webhook);
  }
}
