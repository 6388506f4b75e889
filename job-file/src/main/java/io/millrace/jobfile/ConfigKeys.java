package io.millrace.jobfile;

import io.millrace.hash.ColdPolicy;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.RefreshOptions;
import io.millrace.table.PepOptions;
import io.millrace.table.TableOptimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Every key of the job file, once. The reference page is printed from here. */
public final class ConfigKeys {

  private static final double NONE = Double.MAX_VALUE;
  private static final double TINY = Double.MIN_VALUE;

  /** Parts that keyed state is cut into, for good; no operator can run in more tasks. */
  private static final int KEY_GROUPS = 128;

  private static final Map<DriftOptions.Stream, String> DETECTED =
      Map.of(
          DriftOptions.Stream.NEW_TRAFFIC,
          "share of each field's accesses that are of new ids",
          DriftOptions.Stream.PSI,
          "drift of each field's id frequencies",
          DriftOptions.Stream.LOSS,
          "log loss of each arm",
          DriftOptions.Stream.NE,
          "normalised entropy of each arm",
          DriftOptions.Stream.LABEL_RATE,
          "share of clicks",
          DriftOptions.Stream.TEACHER_NE,
          "normalised entropy of the teacher");

  private static final Map<String, ConfigKey> KEYS = new LinkedHashMap<>();

  static {
    text("name", null, "name of the job; start of its topics' names unless kafka.prefix is set");
    choice("format.type", "csv", "how events are written in files", "csv", "tsv", "jsonl");
    key(
        "format.columns",
        ConfigKey.Type.TEXTS,
        "[]",
        "names of the columns of a csv or tsv without a header");
    schema();
    limits();
    kafka();
    windows();
    integer(
        "counts.shards",
        "16",
        1,
        32_768,
        "",
        "tables a field's counts are spread over; fixed for the life of a job's state");
    number(
        "counts.decay",
        "1",
        TINY,
        1,
        "what a count is multiplied with at each pane's end; 1 keeps totals");
    integer(
        "counts.max_ids",
        "10000000",
        1,
        Integer.MAX_VALUE,
        "ids",
        "bound on the ids counted per field; beyond it the rarest are dropped at a pane's end, and of"
            + " ids that are new in a pane no more than twice as many are counted");
    integer(
        "counts.forget_after",
        "90",
        0,
        Integer.MAX_VALUE,
        "windows",
        "windows with events, but without one of an id, after which its counts are dropped; 0 for"
            + " never");
    integer(
        "counts.memory_mb",
        "256",
        1,
        1 << 20,
        "MiB",
        "heap that the pages of counts take in each task that counts; beyond it, those not used"
            + " lately stay in the state backend alone. train holds all counts on the heap");
    teacherAndStudent();
    hash();
    arms();
    integer(
        "publish.every_events",
        "0",
        0,
        Long.MAX_VALUE,
        "events",
        "publish models after so many events learned, besides at each window's end; 0 for never");
    integer(
        "publish.every_seconds",
        "0",
        0,
        Integer.MAX_VALUE,
        "s",
        "publish models after so many seconds, besides at each window's end; 0 for never");
    integer(
        "publish.keep",
        "3",
        1,
        Integer.MAX_VALUE,
        "",
        "versions kept per arm; as many are held in memory while their folder cannot be written");
    integer(
        "publish.keep_maps",
        "100",
        1,
        Integer.MAX_VALUE,
        "windows",
        "newest windows whose map files are kept, for each field and kind of map;"
            + " those that students of a replay may still ask for are kept too");
    choice(
        "drift.floor",
        "off",
        "whether a second teacher of another seed measures how much maps differ without drift;"
            + " costs as much as the teacher",
        "second-teacher",
        "off");
    drift();
    duration("checkpoints.interval", "10s", 0, "time between two checkpoints; 0s for none");
    text(
        "checkpoints.dir",
        "",
        "where checkpoints are kept, a path or URI that all machines share; empty for a folder of"
            + " the run directory");
    choice(
        "checkpoints.backend",
        "rocksdb",
        "where state lives between checkpoints",
        "rocksdb",
        "hashmap");
    integer(
        "checkpoints.restarts",
        "3",
        0,
        Integer.MAX_VALUE,
        "",
        "restarts after failures before the job gives up");
    duration("checkpoints.restart_delay", "1s", 0, "wait before a restart");
    integer("parallelism.source", "1", 1, KEY_GROUPS, "", "tasks that read and decode events");
    integer("parallelism.counts", "1", 1, KEY_GROUPS, "", "tasks that count ids");
    integer("parallelism.maps", "1", 1, KEY_GROUPS, "", "tasks that build maps");
    integer(
        "parallelism.trainers",
        "1",
        1,
        1024,
        "",
        "tasks per model; trainers have parallelism 1 for now");
    key(
        "seeds",
        ConfigKey.Type.INTEGERS,
        "[0]",
        "root seeds; train runs once for each, the job uses the first");
    duration(
        "time.idle_after",
        "0s",
        0,
        "after which a partition without events no longer holds back the others; 0s for never, as"
            + " in replays");
    duration(
        "time.alignment",
        "0s",
        0,
        "how far partitions may run ahead of the slowest, in event time; 0s for any");
    duration(
        "time.map_timeout", "10m", 1, "how long a student waits for a map before the job fails");
  }

  private ConfigKeys() {}

  private static void schema() {
    text("schema.label.column", null, "the column that says whether an event is positive");
    key(
        "schema.label.positive",
        ConfigKey.Type.TEXTS,
        "[]",
        "texts that mean positive; any other text is negative; empty to use the threshold");
    number("schema.label.threshold", "0.5", -NONE, NONE, "the least number that is positive");
    key(
        "schema.label.optional",
        ConfigKey.Type.FLAG,
        "false",
        "whether events without a label are let through, to be scored only");
    text("schema.time.column", "", "the column that holds the event time");
    choice(
        "schema.time.unit",
        "ms",
        "unit of a time that is a number since 1970, UTC",
        "s",
        "ms",
        "us",
        "ns");
    text(
        "schema.time.pattern",
        "",
        "pattern of a time that is a text, as in java.time's DateTimeFormatter, such as uuuu-MM-dd"
            + " HH:mm:ss");
    integer("schema.time.year", "1970", 1, 9999, "", "the year, where the pattern has none");
    text("schema.time.zone", "UTC", "the zone, where the pattern has none");
    integer(
        "schema.time.events_per_day",
        "0",
        0,
        1e11,
        "rows",
        "for logs without a time: a made-up clock of so many rows a day, bad rows included; 0 for"
            + " none");
    text("schema.time.start", "2024-01-01T00:00:00Z", "time of the first row on a made-up clock");
    key(
        "schema.dense[].columns",
        ConfigKey.Type.TEXTS,
        null,
        "numeric columns: a name, a list of names, or ranges such as I1..I13");
    choice(
        "schema.dense[].transform",
        "identity",
        "identity x; log1p ln(1 + max(x, 0)) * scale; standardise (x - mean) / deviation; bucketise"
            + " share of the boundaries <= x",
        "identity",
        "log1p",
        "standardise",
        "bucketise");
    number("schema.dense[].scale", "1", -NONE, NONE, "factor of log1p");
    number("schema.dense[].mean", "0", -NONE, NONE, "mean for standardise");
    number("schema.dense[].deviation", "1", TINY, NONE, "standard deviation for standardise");
    key("schema.dense[].boundaries", ConfigKey.Type.TEXTS, "[]", "ascending numbers for bucketise");
    number(
        "schema.dense[].missing",
        "0",
        -NONE,
        NONE,
        "the network's input where there is no value, after the transform");
    key(
        "schema.categorical[].columns",
        ConfigKey.Type.TEXTS,
        null,
        "categorical columns: a name, a list of names, or ranges such as C1..C26");
    key(
        "schema.categorical[].expected_ids",
        ConfigKey.Type.COUNTS,
        null,
        "distinct values to expect, missing included: a number for all columns of the entry, or a"
            + " map from column to number; millrace check suggests them");
    text(
        "schema.categorical[].separator",
        "",
        "what separates several values in a cell; empty for a single value");
    text(
        "schema.categorical[].name",
        "",
        "name of the field if not that of its column; only for an entry of one column");
  }

  private static void limits() {
    integer(
        "limits.max_record_bytes",
        "262144",
        64,
        64 << 20,
        "bytes",
        "longest record; longer ones are rejected as too_large");
    integer(
        "limits.max_ids_per_field", "1000", 1, Integer.MAX_VALUE, "ids", "most values in one cell");
    integer(
        "limits.min_year",
        "1990",
        1,
        9999,
        "",
        "first year of event times, UTC; earlier ones are rejected as time_out_of_range");
    integer("limits.max_year", "2099", 1, 9999, "", "last year of event times, UTC");
    duration(
        "limits.max_ahead",
        "1d",
        0,
        "how far an event time may be ahead of the time at which Kafka got the event, or at which a"
            + " file is read; later ones, which would close every window before them, are rejected"
            + " as time_out_of_range; 0s for any");
  }

  private static void kafka() {
    text("kafka.bootstrap", "localhost:9092", "brokers as host:port, separated by commas");
    text("kafka.prefix", "", "start of the job's topics' names; empty for the job's name");
    text("kafka.events", "", "the topic that events are read from; empty for PREFIX.events");
    text("kafka.group", "", "consumer group; empty for the prefix");
    choice("kafka.value", "json", "how events are written in the topic", "json", "binary");
    integer(
        "kafka.partitions",
        "2",
        1,
        100_000,
        "",
        "partitions of the events topic, if it is to be created");
    integer(
        "kafka.replication",
        "0",
        0,
        32_767,
        "",
        "copies of each partition of a topic to be created; 0 for the broker's default");
    key(
        "kafka.properties",
        ConfigKey.Type.MAP,
        "{}",
        "passed to every Kafka client, such as security.protocol; values that are not known to be"
            + " harmless are masked in run.json. A value may stand elsewhere: ${env:NAME},"
            + " ${directory:FOLDER:FILE} or ${file:FILE:NAME}, read where the client runs");
  }

  private static void windows() {
    duration("windows.size", "1d", 1, "length of a window in event time; a multiple of slide");
    text(
        "windows.slide",
        "",
        "time between two windows' starts, a duration; empty for tumbling windows");
    duration("windows.offset", "0s", -NONE, "where windows start, after 1970-01-01T00:00:00Z");
    duration("windows.lateness", "0s", 0, "how far the watermark stays behind the newest event");
    choice(
        "windows.late",
        "train",
        "late events are trained on, but neither counted nor scored, or dropped",
        "train",
        "drop");
  }

  private static void teacherAndStudent() {
    trainer("teacher", "2");
    number(
        "teacher.sample",
        "1",
        0,
        1,
        "share of the events that the teacher learns from; 0 for no teacher, which two-level maps"
            + " can do without and learned ones cannot");
    integer(
        "teacher.max_ids",
        "10000000",
        1,
        Integer.MAX_VALUE,
        "ids",
        "bound on the ids of a teacher's table");
    key(
        "teacher.gpu",
        ConfigKey.Type.FLAG,
        "false",
        "whether the teacher asks the cluster for a GPU");
    trainer("student", "16");
    integer(
        "student.mlet_k", "64", 1, 4096, "", "inner dimension of factorised tables, at least dim");
    number("student.mlet_std", "0.0625", TINY, NONE, "standard deviation of the initial factors");
    key(
        "student.wait_for_maps",
        ConfigKey.Type.FLAG,
        "true",
        "whether a window's events wait for the map that is due (replays), or take the newest there"
            + " is (live)");
    integer(
        "student.max_held",
        "100000",
        0,
        Integer.MAX_VALUE,
        "events",
        "bound on events held until their window opens, and on those held while a map is built");
    integer(
        "student.max_ids",
        "10000000",
        1,
        Integer.MAX_VALUE,
        "ids",
        "bound on the ids of an uncompressed table");
    integer(
        "student.regret_events",
        "2000",
        0,
        Integer.MAX_VALUE,
        "events",
        "events over which a student whose maps have changed is compared with a copy that keeps those"
            + " before, at most a twentieth of the window before; 0 for none");
    integer(
        "student.regret_memory_mb",
        "256",
        0,
        Integer.MAX_VALUE,
        "MB",
        "memory that such a copy may take; a larger student is not compared");
  }

  private static void trainer(String model, String dim) {
    integer(model + ".dim", dim, 1, 4096, "", "embedding dimension");
    key(model + ".bottom", ConfigKey.Type.INTEGERS, "[64]", "hidden widths of the bottom MLP");
    key(model + ".top", ConfigKey.Type.INTEGERS, "[128, 64]", "hidden widths of the top MLP");
    integer(model + ".batch", "128", 1, 1 << 20, "examples", "examples per training step");
    choice(
        model + ".table.rule",
        "rowwise-adagrad",
        "update rule of the embedding rows",
        keys(TableOptimizer.Rule.values()));
    number(model + ".table.lr", "0.05", TINY, NONE, "step size of the embedding rows");
    choice(
        model + ".dense.rule", "adam", "update rule of the MLPs", "adam", "adagrad", "lamb", "sgd");
    number(model + ".dense.lr", "0.001", TINY, NONE, "step size of the MLPs");
    number(model + ".dense.weight_decay", "0", 0, NONE, "weight decay of lamb");
    choice(
        model + ".engine",
        "auto",
        "library of the MLPs; auto takes the card if there is one, else oneDNN",
        "auto",
        "onednn",
        "djl",
        "plain");
  }

  private static void hash() {
    integer(
        "hash.min_rows",
        "100000",
        1,
        Long.MAX_VALUE,
        "ids",
        "fields that expect fewer ids are not compressed (the paper's 100K)");
    choice(
        "hash.cold",
        "reserve",
        "where ids without a row of their own go: clustered like the others, hashed over all rows,"
            + " or over reserved rows",
        keys(ColdPolicy.values()));
    number(
        "hash.reserve",
        "0.1",
        0,
        .999,
        "share of the rows kept for cold ids if cold is reserve, and in two-level maps");
    number("hash.kept", "0.9", .001, .999, "share of the rows that hot ids own in hot-kept arms");
    integer(
        "hash.clusters",
        "0",
        0,
        1 << 20,
        "rows",
        "rows that ids in the middle of a two-level map share; 0 for 64, or 16 in tables of less"
            + " than 500 rows");
    choice(
        "hash.value",
        "pca1",
        "which number of a teacher's vector is clustered",
        "pca1",
        "dim0",
        "maxvar");
    integer(
        "hash.signature_bits",
        "8",
        0,
        16,
        "bits",
        "bits an id that tell unknown ids from known ones in the served map");
    choice(
        "hash.counts",
        "decayed",
        "which counts weigh an id: decayed over all panes, or the window's",
        "decayed",
        "window");
    number(
        "hash.max_new_traffic",
        "0.9",
        0,
        1,
        "share of a window's accesses, of ids that no earlier window has counted, above which a"
            + " field's learned and two-level maps give way to a plain hash, until it is a tenth"
            + " below; 1 for never");
    choice(
        "hash.refresh",
        "windows",
        "when maps are built: at the ends of windows; hash.refresh_delay sub-windows after an alert"
            + " on traffic, label rate or teacher, and at the ends of windows only until"
            + " drift.warm_up is over; or both",
        keys(RefreshOptions.When.values()));
    integer(
        "hash.refresh_delay",
        "2",
        1,
        1 << 20,
        "sub-windows",
        "from the one in which a change is seen to the one at whose end maps are built (drift.parts"
            + " make a window's pane)");
    integer(
        "hash.refresh_gap",
        "6",
        1,
        1 << 20,
        "sub-windows",
        "least number from maps that are built after a change to the next such maps");
    key(
        "hash.dump_inputs",
        ConfigKey.Type.FLAG,
        "false",
        "whether values and counts behind each map are written beside it as csv");
    text(
        "hash.cluster.merges_per_step",
        "auto",
        "most merges a step makes: a number, or auto for ceil((n - rows) / 100)");
    text(
        "hash.cluster.max_cluster_size",
        "auto",
        "soft cap on ids a row: a number, none, or auto for ceil(4 n / rows)");
    text("hash.cluster.filters", "paper", "sequence of filters, as in millrace cluster --filters");
    choice(
        "hash.cluster.value_rule",
        "count",
        "value of a merged cluster: mean weighted by count, plain, or by size",
        "count",
        "arith",
        "size");
    choice("hash.cluster.norm", "step", "when the norm of the counts is taken", "step", "initial");
    choice("hash.cluster.rounding", "ceil", "rounding of a filter's budget", "ceil", "floor");
    choice(
        "hash.cluster.cap_test", "le", "whether a pair of exactly the cap is allowed", "le", "lt");
    choice(
        "hash.cluster.chain_split",
        "pairs",
        "how a chain of merges beyond the cap is split",
        "pairs",
        "greedy");
    choice(
        "hash.cluster.truncate",
        "true",
        "whether a step stops at the merges wanted",
        "true",
        "false");
    choice(
        "hash.cluster.pair_range",
        "all",
        "which neighbours are pairs; paper_exclusive only to show the paper's loop bound",
        "all",
        "paper_exclusive");
    choice(
        "hash.cluster.freq_tie", "dist", "what orders pairs of equal frequency", "dist", "index");
  }

  private static void arms() {
    text("arms[].name", null, "unique name; names files and metric lines");
    choice("arms[].hash", "two-level", "how ids become rows", keys(ArmSpec.Hash.values()));
    number(
        "arms[].ratio",
        "0.1",
        TINY,
        1,
        "rows of a compressed field as a share of its expected_ids, over all internal tables");
    integer(
        "arms[].rows",
        "0",
        0,
        Integer.MAX_VALUE,
        "rows",
        "rows of every compressed field; 0 to use ratio");
    text(
        "arms[].bytes",
        "",
        "bytes of all compressed fields, rows (as long as a vector, also where tables are short or"
            + " pruned) and map together, split between them by expected_ids: a number such as"
            + " 250000, 250kB or 1.5MB, or a share of a full row for each expected"
            + " id, such as 10%; empty to use rows or ratio");
    choice(
        "arms[].table",
        "plain",
        "how rows are stored while training",
        keys(ArmSpec.Table.values()));
    tables();
    choice(
        "arms[].combine",
        "auto",
        "how the rows of an id become its vector where a hash gives it several: summed (add is"
            + " another name for it), multiplied (qr only), or joined, each a part of the vector;"
            + " auto is mult for qr and sum for the others",
        "auto",
        "sum",
        "add",
        "mult",
        "concat");
    choice(
        "arms[].internal_tables",
        "1",
        "tables that a learned map finds a row in: one, for the value that hash.value selects; or D,"
            + " one for each of the teacher's dimensions, clustered by itself",
        "1",
        "D");
    number(
        "arms[].hot",
        "0.01",
        0,
        1,
        "share of a field's expected_ids that own a row in freq-double arms; at most half of the"
            + " rows");
  }

  private static void tables() {
    number(
        "arms[].mixed.alpha",
        "0.3",
        0,
        1,
        "with table mixed: rows of a field with n of them have a length in proportion to n^-alpha");
    integer(
        "arms[].mixed.d0",
        "0",
        0,
        4096,
        "floats",
        "length of the smallest compressed field's rows; 0 for student.dim");
    number(
        "arms[].mixed.share",
        "0",
        0,
        1,
        "rows and projections of all compressed fields, as a share of the floats of full rows;"
            + " 0 to go by d0");
    key(
        "arms[].mixed.powers_of_two",
        ConfigKey.Type.FLAG,
        "false",
        "whether lengths are rounded to powers of two");
    number("arms[].pep.keep", "0.1", TINY, 1, "with table pep: share of the weights to be left");
    choice(
        "arms[].pep.granularity",
        "global",
        "which weights share a threshold: all, those of a dimension, of a row, or none",
        keys(PepOptions.Granularity.values()));
    number(
        "arms[].pep.start",
        "-9",
        -15,
        15,
        "logit of the thresholds at the start; beyond this range no gradient can move them");
    number("arms[].pep.lr", "0.001", TINY, NONE, "step size of the thresholds, by Adam");
    number(
        "arms[].pep.drift",
        "0.03",
        TINY,
        NONE,
        "most that all thresholds' logits move in a step towards the share to be left");
    number(
        "arms[].pep.leak",
        "1",
        0,
        1,
        "share of its gradient that a pruned weight gets, so that it can return; at 0 it never does");
    text(
        "arms[].mask_from",
        "",
        "with table pep: folder of a published model, or of its arm, that students can read. Weights that are pruned there"
            + " stay so, ids that it does not know have none, and the others are trained from their"
            + " initial values, those of that run if seed and pep.start are the same; only figures"
            + " of events younger than that run's are predictions; empty to search");
  }

  private static void drift() {
    integer(
        "drift.parts",
        "24",
        1,
        86_400,
        "sub-windows",
        "equal parts of a window, or of the slide of sliding ones; values are watched at the end of"
            + " each");
    integer(
        "drift.warm_up",
        "2",
        0,
        1000,
        "windows",
        "first windows in which falling loss and new ids are expected, so that nothing is an alert");
    integer(
        "drift.cool_down",
        "12",
        0,
        86_400,
        "sub-windows",
        "time after an alert in which the same stream gives no other");
    number(
        "drift.threshold",
        "8",
        TINY,
        NONE,
        "what scores beyond one standard deviation must add up to for page-hinkley to see a change;"
            + " larger ones mean fewer false alarms and longer delays");
    text(
        "drift.webhook",
        "",
        "URL that each alert is posted to as JSON, besides its topic, by run and demo: again after a"
            + " failure of the job, not at all if the URL does not answer; empty for none");
    for (DriftOptions.Stream stream : DriftOptions.Stream.values()) {
      key(
          "drift." + stream.key(),
          ConfigKey.Type.TEXTS,
          "[page-hinkley]",
          "detectors on the "
              + DETECTED.get(stream)
              + ", any of adwin, page-hinkley, kswin; empty to measure it only");
    }
  }

  private static String[] keys(Enum<?>[] values) {
    return Arrays.stream(values).map(ConfigKeys::key).toArray(String[]::new);
  }

  /** The name of a choice in job files. */
  static String key(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void text(String path, String byDefault, String doc) {
    key(path, ConfigKey.Type.TEXT, byDefault, doc);
  }

  private static void key(String path, ConfigKey.Type type, String byDefault, String doc) {
    add(new ConfigKey(path, type, byDefault, -NONE, NONE, List.of(), "", doc));
  }

  private static void choice(String path, String byDefault, String doc, String... choices) {
    add(
        new ConfigKey(
            path, ConfigKey.Type.TEXT, byDefault, -NONE, NONE, List.of(choices), "", doc));
  }

  private static void integer(
      String path, String byDefault, double min, double max, String unit, String doc) {
    double top = max >= Long.MAX_VALUE ? NONE : max;
    add(new ConfigKey(path, ConfigKey.Type.INTEGER, byDefault, min, top, List.of(), unit, doc));
  }

  private static void number(String path, String byDefault, double min, double max, String doc) {
    add(new ConfigKey(path, ConfigKey.Type.NUMBER, byDefault, min, max, List.of(), "", doc));
  }

  private static void duration(String path, String byDefault, double min, String doc) {
    add(new ConfigKey(path, ConfigKey.Type.DURATION, byDefault, min, NONE, List.of(), "ms", doc));
  }

  private static void add(ConfigKey key) {
    KEYS.put(key.path(), key);
  }

  /** All keys, in the order of the reference page. */
  public static List<ConfigKey> all() {
    return List.copyOf(KEYS.values());
  }

  /** The key with this path, which must be one. */
  static ConfigKey get(String path) {
    ConfigKey key = KEYS.get(path);
    if (key == null) {
      throw new IllegalStateException("no such key: " + path);
    }
    return key;
  }

  /** Names that may stand in a section: its keys and the sections below it. */
  static List<String> namesIn(String section) {
    TreeSet<String> names = new TreeSet<>();
    String start = section.isEmpty() ? "" : section + ".";
    for (String path : KEYS.keySet()) {
      if (path.startsWith(start)) {
        String rest = path.substring(start.length());
        int dot = rest.indexOf('.');
        names.add((dot < 0 ? rest : rest.substring(0, dot)).replace("[]", ""));
      }
    }
    return new ArrayList<>(names);
  }

  /** The reference page, {@code docs/configuration.md}. */
  public static String markdown() {
    StringBuilder out = new StringBuilder();
    out.append("# The job file\n\n")
        .append(
            "Printed from the definitions in `ConfigKeys`; a test fails when it is out of date.\n")
        .append("`[]` marks the entries of a list. Durations are written `500ms`, `30s`, `10m`,")
        .append(" `12h`, `1d`.\n");
    String open = "";
    for (ConfigKey key : KEYS.values()) {
      String top = key.path().replaceAll("[.\\[].*", "");
      if (!top.equals(open)) {
        out.append("\n## ").append(top).append("\n\n");
        out.append("| key | type | default | range | what |\n|---|---|---|---|---|\n");
        open = top;
      }
      out.append("| `").append(key.path()).append("` | ");
      out.append(key.type().name().toLowerCase(Locale.ROOT)).append(" | ");
      String byDefault = key.defaultText();
      out.append(
          byDefault == null ? "required" : byDefault.isEmpty() ? "empty" : "`" + byDefault + "`");
      out.append(" | ").append(range(key)).append(" | ").append(key.doc()).append(" |\n");
    }
    return out.toString();
  }

  private static String range(ConfigKey key) {
    if (key.min() == TINY) {
      return key.max() == NONE ? "> 0" : "> 0, <= " + (long) key.max();
    }
    return key.range();
  }
}
