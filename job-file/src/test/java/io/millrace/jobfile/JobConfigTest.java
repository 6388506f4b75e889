package io.millrace.jobfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.TeacherValue;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
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
import io.millrace.table.Combine;
import io.millrace.table.PepOptions;
import io.millrace.table.TableOptimizer;
import io.millrace.time.LateGate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobConfigTest {

  private static final String SMALL =
      """
      name: small
      schema:
        label: {column: y}
        time: {column: ts}
        categorical:
          - {columns: [u, v], expected_ids: 10}
      arms:
        - {name: a, hash: full}
      """;

  private static JobConfig parse(String yaml) {
    return JobConfig.parse(yaml, "job.yaml");
  }

  private static void fails(String yaml, String message) {
    assertThatThrownBy(() -> parse(yaml)).isInstanceOf(ConfigException.class).hasMessage(message);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = JobConfigTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Values by path, with {@code []} for every list position. */
  private static void flatten(String path, Object value, Map<String, Object> into) {
    if (value instanceof Map<?, ?> map && !path.matches(".*(properties|expected_ids)")) {
      map.forEach((k, v) -> flatten(path.isEmpty() ? "" + k : path + "." + k, v, into));
    } else if (value instanceof List<?> list && list.stream().anyMatch(e -> e instanceof Map)) {
      list.forEach(e -> flatten(path + "[]", e, into));
    } else {
      // of several arms the first that does not leave the default
      into.merge(path, String.valueOf(value), (a, b) -> isDefault(path, a) ? b : a);
    }
  }

  private static boolean isDefault(String path, Object value) {
    return ConfigKeys.all().stream()
        .anyMatch(key -> key.path().equals(path) && value.equals(key.defaultText()));
  }

  private static Map<String, Object> flat(JobConfig config) {
    Map<String, Object> into = new TreeMap<>();
    flatten("", config.resolved(), into);
    return into;
  }

  private static Set<String> paths() {
    Set<String> paths = new TreeSet<>();
    ConfigKeys.all().forEach(key -> paths.add(key.path()));
    return paths;
  }

  private static final List<String> ONLY_DEFAULT =
      List.of("schema.time.events_per_day", "parallelism.trainers", "hash.counts");

  // No key is defined and not read, or read and not defined; each can leave its default, but for
  // those that another one in the file holds to it.
  @Test
  void everyKeyCanBeSet() throws IOException {
    Map<String, Object> set = flat(parse(resource("every-key.yaml")));
    assertThat(set.keySet()).isEqualTo(paths());
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (!ONLY_DEFAULT.contains(key.path())) {
        assertThat(set.get(key.path())).as(key.path()).isNotEqualTo(key.defaultText());
      }
    }
  }

  @Test
  void everyKeyReachesItsRecord() throws IOException {
    JobConfig config = parse(resource("every-key.yaml"));
    assertThat(config.spec().publish()).isEqualTo(new PublishOptions(100, 60, 9, 7));
    assertThat(config.name()).isEqualTo("everything");
    assertThat(config.format())
        .isEqualTo(
            new EventFile.Format(TextFormat.TSV, List.of("ts", "y", "a", "b", "u", "v", "t")));
    assertThat(config.limits())
        .isEqualTo(new EventLimits(1000, 9, 946_684_800_000L, 2_556_144_000_000L, 1_800_000));
    assertThat(config.spec().schema().label())
        .isEqualTo(new LabelColumn("y", List.of("yes"), 2, true));
    assertThat(config.spec().schema().time())
        .isEqualTo(new TimeColumn.Pattern("ts", "M-d", 2014, "Asia/Tokyo"));
    assertThat(config.spec().schema().dense())
        .containsExactly(
            new DenseColumn("a", "a", new Transform.Log1p(.25), -1),
            new DenseColumn("b", "b", new Transform.Log1p(.25), -1));
    assertThat(config.spec().schema().fields())
        .containsExactly(
            new CategoricalField("u", "u", "", 1000), new CategoricalField("tags", "t", "|", 50));
    assertThat(config.spec().windows())
        .isEqualTo(new WindowSpec(172_800_000, 43_200_000, 3_600_000, 300_000));
    assertThat(config.spec().late()).isEqualTo(LateGate.Policy.DROP);
    assertThat(config.spec().hash().cluster().describe())
        .isEqualTo(
            "merges-per-step=5 max-cluster-size=none filters=dist:1.5,size:1.0 value-rule=arith norm=initial"
                + " rounding=floor cap-test=lt chain-split=greedy truncate=false"
                + " pair-range=paper_exclusive freq-tie=index");
    assertThat(config.spec().hash().maxNewTraffic()).isEqualTo(.6);
    assertThat(config.kafka())
        .isEqualTo(
            new KafkaOptions(
                new ClientSettings(
                    "broker:9093",
                    Map.of(
                        "security.protocol",
                        "SASL_SSL",
                        "ssl.key.password",
                        "hush",
                        "sasl.jaas.config",
                        "hush too")),
                new Topics("pre", "clicks", 7, 3),
                "readers",
                true));
    assertThat(config.run())
        .isEqualTo(
            new RunOptions(
                Duration.ofMinutes(1),
                "s3://bucket/x",
                "hashmap",
                9,
                Duration.ofSeconds(5),
                2,
                3,
                4,
                32,
                Duration.ofSeconds(10),
                Duration.ofHours(1),
                Duration.ofMinutes(1),
                true,
                "https://example.com/hush"));
    assertThat(config.spec().counts()).isEqualTo(new CountOptions(.5, 4, 5000, 7));
    assertThat(config.seeds()).containsExactly(3L, 4L);
    assertThat(config.spec().secondTeacher()).isTrue();
    assertThat(config.spec().drift())
        .isEqualTo(
            new DriftOptions(
                12,
                3,
                6,
                9.5,
                Map.of(
                    DriftOptions.Stream.NEW_TRAFFIC,
                    List.of(DriftOptions.Detector.ADWIN),
                    DriftOptions.Stream.PSI,
                    List.of(DriftOptions.Detector.KSWIN),
                    DriftOptions.Stream.LOSS,
                    List.of(DriftOptions.Detector.KSWIN),
                    DriftOptions.Stream.NE,
                    List.of(DriftOptions.Detector.ADWIN, DriftOptions.Detector.PAGE_HINKLEY),
                    DriftOptions.Stream.LABEL_RATE,
                    List.of(DriftOptions.Detector.PAGE_HINKLEY, DriftOptions.Detector.KSWIN),
                    DriftOptions.Stream.TEACHER_NE,
                    List.of(DriftOptions.Detector.ADWIN))));
  }

  @Test
  void everyKeyOfTheNumericCoreReachesItsRecord() throws IOException {
    JobSpec spec = parse(resource("every-key.yaml")).spec();
    assertThat(spec.teacher())
        .isEqualTo(
            new TeacherOptions(
                new TrainerOptions(
                    3,
                    List.of(8),
                    List.of(9, 4),
                    64,
                    new TableOptimizer(TableOptimizer.Rule.SGD, .2),
                    new DenseOptimizer(DenseOptimizer.Rule.LAMB, .02, .9, .999, 1e-6, .1),
                    "plain"),
                .5,
                6000));
    assertThat(spec.student())
        .isEqualTo(
            new StudentOptions(
                new TrainerOptions(
                    8,
                    List.of(7),
                    List.of(6),
                    32,
                    new TableOptimizer(TableOptimizer.Rule.SGD, .3),
                    new DenseOptimizer(DenseOptimizer.Rule.SGD, .03, .9, .999, 1e-8, .2),
                    "djl"),
                32,
                .25,
                false,
                10,
                7000,
                500,
                99));
    assertThat(spec.hash())
        .isEqualTo(
            new HashOptions(
                500,
                ColdPolicy.CLUSTER,
                .2,
                .8,
                32,
                TeacherValue.MAXVAR,
                spec.hash().cluster(),
                4,
                HashOptions.Counts.DECAYED,
                .6,
                true,
                new RefreshOptions(RefreshOptions.When.BOTH, 3, 9)));
    assertThat(spec.arms())
        .containsExactly(
            new ArmSpec(
                "l",
                ArmSpec.Hash.LEARNED,
                Budget.bytes("5%"),
                ArmSpec.Table.MLET,
                new ArmSpec.Options(
                    Combine.SUM,
                    .02,
                    3,
                    new TableOptions(
                        new TableOptions.Mixed(.3, 0, 0, false),
                        new PepOptions(PepOptions.Granularity.GLOBAL, .1, -9, .001, .03, 1),
                        ""))),
            new ArmSpec(
                "p",
                ArmSpec.Hash.MODULO,
                Budget.ratio(.1),
                ArmSpec.Table.PEP,
                new ArmSpec.Options(
                    null,
                    .01,
                    1,
                    new TableOptions(
                        new TableOptions.Mixed(.4, 4, .5, true),
                        new PepOptions(PepOptions.Granularity.FEATURE, .2, -5, .1, .2, 0),
                        "runs/a/models/p"))));
  }

  // A default is a value that its key accepts; the options of the clustering have theirs twice, for
  // the command line too, and they agree.
  @Test
  void everyDefaultIsAccepted() {
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (key.defaultText() != null) {
        assertThatCode(() -> key.kind().parser().apply(key.defaultTexts()))
            .as(key.path())
            .doesNotThrowAnyException();
        assertThat(
                key.kind().choices().isEmpty() || key.kind().choices().contains(key.defaultText()))
            .as(key.path())
            .isTrue();
      }
    }
    assertThat(parse(SMALL).spec().hash().cluster()).isEqualTo(ClusterOptions.DEFAULT);
  }

  // A key is defined once.
  @Test
  void pathsAreUnique() {
    assertThat(ConfigKeys.all()).extracting(ConfigKey::path).doesNotHaveDuplicates();
  }

  // The reference page is printed from the definitions.
  @Test
  void theReferencePageIsUpToDate() throws IOException {
    Path page = Path.of("..", "docs", "configuration.md");
    if (Boolean.getBoolean("millrace.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, ConfigKeys.markdown());
    }
    assertThat(Files.readString(page))
        .as("run with -Dmillrace.docs.write=true to print it anew")
        .isEqualTo(ConfigKeys.markdown());
  }

  // What a file leaves out is what the definitions say.
  @Test
  void defaultsAreThoseDefined() throws IOException {
    Map<String, Object> set = flat(parse(SMALL.replace(", hash: full", "")));
    for (ConfigKey<?> key : ConfigKeys.all()) {
      if (key.defaultText() != null
          && set.containsKey(key.path())
          && !key.path().startsWith("schema.time.column")) {
        assertThat(set.get(key.path()))
            .as(key.path())
            .isIn(key.defaultText(), key.defaultText() + ".0");
      }
    }
  }

  @Test
  void everyDefaultIsPinned() throws IOException {
    StringBuilder pins = new StringBuilder();
    ConfigKeys.all()
        .forEach(k -> pins.append(k.path()).append(" = ").append(k.defaultText()).append('\n'));
    assertThat(pins.toString()).isEqualTo(resource("defaults.txt"));
  }

  // The resolved file is a job file that resolves to itself, with secrets masked.
  @Test
  void theResolvedFileReadsBack() throws IOException {
    JobConfig config = parse(resource("every-key.yaml"));
    String yaml = config.toYaml();
    assertThat(yaml).doesNotContain("hush").contains("SASL_SSL");
    assertThat(parse(yaml).toYaml()).isEqualTo(yaml);
    assertThat(parse(yaml).spec()).isEqualTo(config.spec());
    assertThat(parse(parse(SMALL).toYaml()).spec()).isEqualTo(parse(SMALL).spec());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "student: {dim: 0} # student.dim must be in 1..4096 but was '0' (job.yaml:9)",
        "student: {dim: x} # student.dim must be a whole number but was 'x' (job.yaml:9)",
        "student: {dmi: 8} # student.dmi is not a key; did you mean 'dim'? (job.yaml:9)",
        "studnet: {dim: 8} # studnet is not a key; did you mean 'student'? (job.yaml:9)",
        "student: {dim: 8, dim: 9} # student.dim must be there once but was there twice"
            + " (job.yaml:9)",
        "student: 8 # student must be a section of keys but was '8' (job.yaml:9)",
        "student: {mlet_k: 8} # student.mlet_k must be >= dim (16), as a smaller one bounds the"
            + " rank of the table (MLET, Theorem 2.2), but was 8 (job.yaml:9)",
        "windows: {size: 1x} # windows.size must be a duration such as 30s, 10m, 12h or 1d but was"
            + " '1x' (job.yaml:9)",
        "windows: {size: 1d, slide: 7h} # windows.size must be a multiple of slide (25200000 ms)"
            + " but was 86400000 ms (job.yaml:9)",
        "windows: {late: tain} # windows.late must be one of train, drop but was 'tain'; did you"
            + " mean 'train'? (job.yaml:9)",
        "counts: {decay: 0} # counts.decay must be > 0 and <= 1 but was '0' (job.yaml:9)",
        "parallelism: {trainers: 2} # parallelism.trainers must be 1, as trainers have parallelism"
            + " 1 for now, but was '2' (job.yaml:9)",
        "parallelism: {source: 3} # parallelism.source must be at most kafka.partitions (2), as a"
            + " reader without one holds back time, but was '3' (job.yaml:9)",
        "hash: {cluster: {filters: paperr}} # hash.cluster.filters",
        "drift: {ne: [kswin, eddm]} # drift.ne must be any of adwin, page-hinkley, kswin but was 'a list'",
        "drift: {webhook: 'http://a b/hush'} # drift.webhook must be a URL with http or https but was '****'",
        "drift: {webhook: 'ftp://a/hush'} # drift.webhook must be a URL with http or https but was '****'",
        "drift: {parts: 0} # drift.parts must be in 1..86400 sub-windows but was '0'",
        "drift: {floor: true} # drift.floor must be one of second-teacher, off but was 'true'"
            + " (job.yaml:9)",
      })
  void errorsHoldKeyRuleValueAndPlace(String line, String message) {
    assertThatThrownBy(() -> parse(SMALL + line + "\n"))
        .isInstanceOf(ConfigException.class)
        .message()
        .startsWith(message);
  }

  @Test
  void errorsOfTheWholeFile() {
    fails("", "a job file must hold keys but job.yaml is empty");
    fails("name: a\n", "schema.label.column must be set but was missing (job.yaml:1)");
    fails(
        SMALL.replace("{name: a, hash: full}", "{hash: full}"),
        "arms[0].name must be set but was missing (job.yaml:8)");
    fails(
        SMALL.replace("expected_ids: 10", "expected_ids: {u: 3}"),
        "schema.categorical[0].expected_ids.v must be set but was missing (job.yaml:6)");
    fails(
        SMALL.replace("[u, v]", "[u, u]"),
        "schema.categorical names must be unique but 'u' was there twice (job.yaml:3)");
    assertThatThrownBy(() -> parse("name: [a\nb: c"))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching("the job file must be YAML but is not: .* \\(job.yaml:2\\)");
  }

  // two-level maps can do without a teacher, which then learns nothing; learned ones cannot
  @Test
  void aTeacherCanBeSwitchedOff() {
    String off = "teacher: {sample: 0}\n" + SMALL.replace("full", "two-level");
    assertThat(parse(off).spec().needsTeacher()).isFalse();
    assertThat(parse(off.replace("sample: 0", "sample: 0.5")).spec().needsTeacher()).isTrue();
    fails(
        off.replace("two-level", "learned"),
        "teacher.sample must be > 0 for the learned map of arm a but was 0 (job.yaml:1)");
  }

  // maps that are built within a window need counts that do not begin anew with each, and somebody
  // who sees changes
  @Test
  void refreshesNeedCountsAndDetectors() {
    String drift = "hash: {refresh: drift}\n";
    String none = "new_traffic: [], psi: [], label_rate: [], teacher_ne: []";
    assertThat(parse(SMALL + "hash: {counts: window}\n").spec().hash().counts())
        .isEqualTo(HashOptions.Counts.WINDOW);
    assertThat(parse(SMALL + drift + "drift: {" + none.replace("psi: [], ", "") + "}").spec())
        .extracting(spec -> spec.hash().refresh())
        .isEqualTo(new RefreshOptions(RefreshOptions.When.DRIFT, 2, 6));
    fails(
        SMALL + "hash: {counts: window, refresh: drift}\n",
        "hash.counts must be decayed where refresh is drift or both, as maps are then built within"
            + " windows, but was window (job.yaml:9)");
    fails(
        SMALL + "hash: {refresh: drifts}\n",
        "hash.refresh must be one of windows, drift, both but was 'drifts'; did you mean 'drift'?"
            + " (job.yaml:9)");
    fails(
        SMALL + "hash: {refresh_gap: 0}\n",
        "hash.refresh_gap must be in 1..1048576 sub-windows but was '0' (job.yaml:9)");
    fails(
        SMALL + drift + "drift: {loss: [adwin], " + none + "}\n",
        "hash.refresh must be windows where no detector watches traffic, label rate or teacher, but was"
            + " drift (job.yaml:9)");
  }

  @Test
  void armsThatMakeNoSenseAreNamedWithTheirPlace() {
    fails(
        SMALL.replace("{name: a, hash: full}", "{name: a, hash: double, combine: mult}"),
        "arms[0].combine must be sum or concat for hash double but was mult (job.yaml:8)");
    fails(
        "student: {dim: 15}\n"
            + SMALL.replace("{name: a, hash: full}", "{name: a, hash: double, combine: concat}"),
        "arms[0].combine must be sum, as student.dim (15) is no multiple of an id's 2 rows, but was"
            + " concat (job.yaml:9)");
  }

  @Test
  void internalTablesAreTheTeachersDimensions() {
    String arm = "{name: a, hash: learned, internal_tables: D}";
    String yaml = "teacher: {dim: 4}\n" + SMALL.replace("{name: a, hash: full}", arm);
    assertThat(parse(yaml).spec().arms().get(0).lookups()).isEqualTo(4);
    fails(
        yaml.replace("learned", "qr"),
        "arms[0].internal_tables must be 1 for hash qr, as only learned maps have a table for each of"
            + " the teacher's dimensions (job.yaml:9)");
  }

  @Test
  void budgetsAreRowsAfterBytes() {
    String small = SMALL.replace("expected_ids: 10", "expected_ids: 5000");
    for (String[] keyAndBudget :
        new String[][] {
          {"", "0.1"},
          {"ratio: 0.2", "0.2"},
          {"ratio: 0.2, rows: 7", "rows7"},
          {"ratio: 0.2, rows: 7, bytes: 1.5MB", "bytes1500000"},
          {"bytes: 5%", "share0.05"}
        }) {
      String arm = "{name: a, hash: two-level, " + keyAndBudget[0] + "}";
      assertThat(parse(small.replace("{name: a, hash: full}", arm)).spec().arms().get(0))
          .extracting(spec -> spec.budget().key())
          .isEqualTo(keyAndBudget[1]);
    }
    String hash = "hash: {min_rows: 1000}\n";
    fails(
        hash + small.replace("hash: full}", "hash: modulo, bytes: ten}"),
        "arms[0].bytes must be a number such as 250000, 250kB or 1.5MB, or a share such as 10%, but"
            + " was 'ten' (job.yaml:9)");
    fails(
        hash + small.replace("hash: full}", "hash: two-level, bytes: 500}"),
        "arms[0].bytes must be enough for two rows and a map in every field but leave 250 to u"
            + " (job.yaml:9)");
  }

  @Test
  void tablesThatMakeNoSenseAreNamedWithTheirPlace() {
    fails(
        arm("hash: full, table: pep, pep: {keep: 0}"),
        "arms[0].pep.keep must be > 0 and <= 1 but was '0' (job.yaml:8)");
    fails(
        arm("hash: full, table: pep, pep: {start: -150}"),
        "arms[0].pep.start must be in -15..15 but was '-150' (job.yaml:8)");
    fails(
        arm("hash: full, table: pep, pep: {granularity: field}"),
        "arms[0].pep.granularity must be one of global, dimension, feature, feature-dimension but"
            + " was 'field' (job.yaml:8)");
    fails(
        arm("hash: full, table: mixed, mixed: {alhpa: 1}"),
        "arms[0].mixed.alhpa is not a key; did you mean 'alpha'? (job.yaml:8)");
    fails(
        arm("hash: full, table: plain, mask_from: runs/x"),
        "arms[0].mask_from must be empty with table plain but was 'runs/x' (job.yaml:8)");
    String large = arm("hash: full, table: mixed, mixed: {d0: 17}") + "hash: {min_rows: 5}\n";
    fails(large, "arms[0].mixed.d0 must be <= student.dim (16) but was 17 (job.yaml:8)");
    String little = arm("hash: full, table: mixed, mixed: {share: 0.01}") + "hash: {min_rows: 5}\n";
    fails(
        little,
        "arms[0].mixed.share must be enough for a float a row and its projection, 52 of 320, but was 0.01 (job.yaml:8)");
  }

  private static String arm(String options) {
    return SMALL.replace("{name: a, hash: full}", "{name: a, " + options + "}");
  }

  @Test
  void aMaskIsLookedForWhereSomethingLearns() {
    JobConfig job = parse(arm("hash: full, table: pep, mask_from: runs/nowhere"));
    assertThatThrownBy(job::checkMasks)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "arms[0].mask_from must be a published model but was 'runs/nowhere': runs/nowhere (a"
                + " published model has a manifest.json");
    parse(arm("hash: full, table: pep")).checkMasks();
  }

  // What we ship works: every example is a job.
  @Test
  void examplesAreRead() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", "examples"))) {
      List<Path> jobs = files.filter(f -> f.toString().endsWith(".yaml")).toList();
      assertThat(jobs).hasSizeGreaterThanOrEqualTo(5);
      jobs.forEach(job -> assertThat(JobConfig.read(job).spec().arms()).isNotEmpty());
    }
  }
}
