package io.millrace.runs.line;

import static io.millrace.runs.line.Column.map;
import static io.millrace.runs.line.Column.number;
import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;

import io.millrace.metric.FrequencyBucket;
import io.millrace.metric.Metrics;
import io.millrace.metric.Spectrum;
import io.millrace.student.MetricLine;
import io.millrace.student.TableFigures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Columns of {@code metrics.jsonl}: figures of an arm in a window. {@code docs/schema} says what
 * each means.
 */
public final class MetricColumns {

  public static final Column<MetricLine> ARM = text("arm", MetricLine::arm);
  public static final Column<MetricLine> SEED = whole("seed", MetricLine::seed);
  public static final Column<MetricLine> START = whole("window_start", MetricLine::windowStart);
  public static final Column<MetricLine> END =
      whole("window_end", MetricLine::windowEnd).gauge("window_end_timestamp_seconds", 1e3);

  // of all events, and of those in each bucket
  public static final Column<Metrics> EVENTS =
      whole("events", Metrics::events).gauge("window_events");
  public static final Column<Metrics> POSITIVES = whole("positives", Metrics::positives);
  public static final Column<Metrics> AUC = number("auc", Metrics::auc).gauge("auc_ratio");
  public static final Column<Metrics> LOGLOSS =
      number("logloss", Metrics::logLoss).gauge("logloss_nats");
  public static final Column<Metrics> NE =
      number("ne", Metrics::ne).gauge("normalized_entropy_ratio");
  public static final Column<Metrics> CALIBRATION =
      number("calibration", Metrics::calibration).gauge("calibration_ratio");
  private static final Columns<Metrics> QUALITY =
      Columns.of(EVENTS, POSITIVES, AUC, LOGLOSS, NE, CALIBRATION);

  private static final Column<MetricLine> LABEL_RATE =
      number("label_rate", (MetricLine line) -> line.overall().labelRate()).gauge("label_ratio");
  public static final Column<MetricLine> ROWS = whole("rows", MetricLine::rows);
  public static final Column<MetricLine> EMBEDDING_BYTES =
      whole("embedding_bytes", MetricLine::embeddingBytes);
  public static final Column<MetricLine> MAP_BYTES = whole("map_bytes", MetricLine::mapBytes);
  public static final Column<MetricLine> LINEAR_BYTES =
      whole("linear_bytes", MetricLine::linearBytes);
  public static final Column<MetricLine> SERVING_BYTES =
      whole("serving_bytes", MetricLine::servingBytes);
  public static final Column<MetricLine> TRAINING_BYTES =
      whole("training_bytes", MetricLine::trainingBytes);
  public static final Column<MetricLine> MAP_VERSION = whole("map_version", MetricLine::mapVersion);
  public static final Column<MetricLine> LEARNED = whole("learned", MetricLine::learned);
  public static final Column<MetricLine> SKIPPED = whole("skipped", MetricLine::skipped);
  public static final Column<MetricLine> EARLY = whole("early", MetricLine::early);
  public static final Column<MetricLine> OUT_OF_ORDER =
      whole("out_of_order", MetricLine::outOfOrder);
  public static final Column<MetricLine> BUCKETS = map("buckets", MetricColumns::buckets, QUALITY);

  // of a field's table
  public static final Column<TableFigures> BYTES = whole("bytes", TableFigures::bytes);
  public static final Column<Spectrum> SINGULAR_VALUES = whole("singular_values", Spectrum::of);
  public static final Column<Spectrum> ABOVE_1_PERCENT =
      whole("above_1_percent", Spectrum::aboveOnePercent);
  public static final Column<Spectrum> EFFECTIVE_RANK =
      number("effective_rank", Spectrum::effectiveRank);
  public static final Column<Integer> WIDTH = whole("width", Integer::longValue);
  public static final Column<TableFigures.Pruning> WEIGHTS =
      whole("weights", TableFigures.Pruning::weights);
  public static final Column<TableFigures.Pruning> WEIGHTS_LEFT =
      whole("weights_left", TableFigures.Pruning::left);
  public static final Column<MetricLine> TABLES =
      map(
          "tables",
          MetricLine::tables,
          Columns.of(BYTES)
              .and(
                  "",
                  TableFigures::spectrum,
                  Columns.of(SINGULAR_VALUES, ABOVE_1_PERCENT, EFFECTIVE_RANK))
              .and("", MetricColumns::width, Columns.of(WIDTH))
              .and("", table -> table.pruning().orElse(null), Columns.of(WEIGHTS, WEIGHTS_LEFT)));

  /** A line. */
  public static final LineType<MetricLine> LINE =
      new LineType<>(
          "metrics.jsonl",
          Columns.of(ARM, SEED, START, END)
              .and("", MetricLine::overall, QUALITY)
              .and(LABEL_RATE, ROWS, EMBEDDING_BYTES, MAP_BYTES, LINEAR_BYTES)
              .and(SERVING_BYTES, TRAINING_BYTES)
              .and(MAP_VERSION, LEARNED, SKIPPED, EARLY, OUT_OF_ORDER, BUCKETS, TABLES));

  private MetricColumns() {}

  private static Map<String, Metrics> buckets(MetricLine line) {
    Map<String, Metrics> buckets = new LinkedHashMap<>();
    List<Metrics> byBucket = line.byBucket();
    for (int b = 0; b < byBucket.size(); b++) {
      buckets.put(key(FrequencyBucket.values()[b]), byBucket.get(b));
    }
    return buckets;
  }

  /** A bucket's key in {@link #BUCKETS}. */
  public static String key(FrequencyBucket bucket) {
    return bucket.name().toLowerCase(Locale.ROOT);
  }

  private static Integer width(TableFigures table) {
    return table.width().isPresent() ? table.width().getAsInt() : null;
  }
}
