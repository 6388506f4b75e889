package io.millrace.runs.line;

import static io.millrace.runs.line.Column.flag;
import static io.millrace.runs.line.Column.list;
import static io.millrace.runs.line.Column.number;
import static io.millrace.runs.line.Column.object;
import static io.millrace.runs.line.Column.text;
import static io.millrace.runs.line.Column.whole;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.maps.DriftLine;
import io.millrace.metric.RowLoad;

/**
 * Columns of the lines in {@code drift.jsonl} that are about the ids of a field. Lines about dense
 * columns, see {@link DenseColumns}, have the first five of them too. {@code docs/schema} says what
 * each means.
 */
public final class DriftColumns {

  /** Kind of a line about the ids of a categorical field. */
  public static final String IDS = "ids";

  /** Prefix of a figure's floor: the same figure for two teachers of one window, or their maps. */
  private static final String FLOOR = "floor_";

  public static final Column<DriftLine> KIND = text("kind", line -> IDS);
  public static final Column<DriftLine> FIELD = text("field", DriftLine::field);
  public static final Column<DriftLine> SEED = whole("seed", DriftLine::seed);
  public static final Column<DriftLine> START = whole("window_start", DriftLine::windowStart);
  static final Column<DriftLine> END = whole("window_end", DriftLine::windowEnd);
  public static final Column<DriftLine> COUNTED_IDS =
      whole("ids", DriftLine::ids).gauge("counted_ids");
  public static final Column<DriftLine> PSI = number("psi", DriftLine::psi).gauge("psi_nats");
  public static final Column<DriftLine> PSI_LIMIT =
      number("psi_limit", DriftLine::psiLimit).gauge("psi_limit_nats");
  public static final Column<DriftLine> NEW_TRAFFIC =
      number("new_traffic", DriftLine::newTraffic).gauge("new_traffic_ratio");
  public static final Column<DriftLine> COLD_TRAFFIC =
      number("cold_traffic", DriftLine::coldTraffic).gauge("cold_traffic_ratio");
  public static final Column<DriftLine> GONE_TRAFFIC =
      number("gone_traffic", DriftLine::goneTraffic).gauge("gone_traffic_ratio");

  public static final Column<DriftLine.Movement> PROCRUSTES =
      number("procrustes", DriftLine.Movement::residual).gauge("procrustes_ratio");
  public static final Column<DriftLine.Movement> DISPLACEMENT_P50 =
      number("displacement_p50", DriftLine.Movement::p50).gauge("displacement_p50_ratio");
  public static final Column<DriftLine.Movement> DISPLACEMENT_P90 =
      number("displacement_p90", DriftLine.Movement::p90).gauge("displacement_p90_ratio");
  public static final Column<DriftLine.Movement> DISPLACEMENT_P99 =
      number("displacement_p99", DriftLine.Movement::p99).gauge("displacement_p99_ratio");
  private static final Columns<DriftLine.Movement> MOVEMENT =
      Columns.of(PROCRUSTES, DISPLACEMENT_P50, DISPLACEMENT_P90, DISPLACEMENT_P99);

  public static final Column<DriftLine> MAP_SPEC = text("map_spec", DriftLine::mapSpec);
  public static final Column<DriftLine> MAP_VERSION =
      whole("map_version", DriftLine::mapVersion).gauge("built_map_version");
  public static final Column<DriftLine> ROWS = whole("rows", DriftLine::rows);
  public static final Column<DriftLine> MAPPED_IDS =
      whole("mapped_ids", DriftLine::mappedIds).gauge("mapped_ids");
  public static final Column<DriftLine> PLAIN_HASH =
      flag("plain_hash", DriftLine::plainHash).gauge("plain_hash");
  public static final Column<DriftLine> WITHOUT_MAP =
      list("without_map", DriftLine::without, TextNode::valueOf);

  public static final Column<DriftLine.Agreement> ARI =
      number("ari", DriftLine.Agreement::ari).gauge("ari_ratio");
  public static final Column<DriftLine.Agreement> NMI =
      number("nmi", DriftLine.Agreement::nmi).gauge("nmi_ratio");
  public static final Column<DriftLine.Agreement> JACCARD =
      number("jaccard", DriftLine.Agreement::jaccard).gauge("jaccard_ratio");
  public static final Column<DriftLine.Agreement> ARI_TRAFFIC =
      number("ari_traffic", DriftLine.Agreement::ariTraffic).gauge("ari_traffic_ratio");
  public static final Column<DriftLine.Agreement> NMI_TRAFFIC =
      number("nmi_traffic", DriftLine.Agreement::nmiTraffic).gauge("nmi_traffic_ratio");
  public static final Column<DriftLine.Agreement> JACCARD_TRAFFIC =
      number("jaccard_traffic", DriftLine.Agreement::jaccardTraffic).gauge("jaccard_traffic_ratio");
  public static final Column<DriftLine.Agreement> MOVED_IDS =
      number("moved_ids", DriftLine.Agreement::movedIds).gauge("moved_ids_ratio");
  public static final Column<DriftLine.Agreement> MOVED_TRAFFIC =
      number("moved_traffic", DriftLine.Agreement::movedTraffic).gauge("moved_traffic_ratio");
  private static final Columns<DriftLine.Agreement> AGREEMENT =
      Columns.of(ARI, NMI, JACCARD, ARI_TRAFFIC, NMI_TRAFFIC, JACCARD_TRAFFIC)
          .and(MOVED_IDS, MOVED_TRAFFIC);

  // of the load of rows
  public static final Column<RowLoad> ROWS_USED =
      whole("rows_used", RowLoad::rowsUsed).gauge("rows_used");
  public static final Column<RowLoad> MAX_IDS =
      whole("max_ids", RowLoad::maxIds).gauge("row_ids_max");
  public static final Column<RowLoad> MAX_TRAFFIC =
      number("max_traffic", RowLoad::maxTraffic).gauge("row_traffic_max_ratio");
  public static final Column<RowLoad> HOT_COLLISIONS =
      whole("hot_collisions", RowLoad::hotCollisions).gauge("hot_collisions");
  public static final Column<RowLoad> IDS_HISTOGRAM =
      list("ids_histogram", RowLoad::histogram, DriftColumns::bin);
  public static final Column<RowLoad.Row> ROW = whole("row", RowLoad.Row::row);
  public static final Column<RowLoad.Row> ROW_IDS = whole("ids", RowLoad.Row::ids);
  public static final Column<RowLoad.Row> ROW_TRAFFIC = number("traffic", RowLoad.Row::traffic);
  public static final Column<RowLoad> LARGEST =
      list("largest", RowLoad::largest, Columns.of(ROW, ROW_IDS, ROW_TRAFFIC));
  public static final Column<DriftLine> ROW_LOAD =
      object(
          "row_load",
          DriftLine::rowLoad,
          Columns.of(ROWS_USED, MAX_IDS, MAX_TRAFFIC, HOT_COLLISIONS, IDS_HISTOGRAM, LARGEST));

  /** A line. */
  public static final LineType<DriftLine> LINE =
      new LineType<>(
          "drift.jsonl",
          Columns.of(KIND, FIELD, SEED, START, END, COUNTED_IDS, PSI, PSI_LIMIT)
              .and(NEW_TRAFFIC, COLD_TRAFFIC, GONE_TRAFFIC)
              .and("", DriftLine::movement, MOVEMENT)
              .and(FLOOR, DriftLine::floorMovement, MOVEMENT)
              .and(MAP_SPEC, MAP_VERSION, ROWS, MAPPED_IDS, PLAIN_HASH, WITHOUT_MAP)
              .and("", DriftLine::agreement, AGREEMENT)
              .and(FLOOR, DriftLine::floor, AGREEMENT)
              .and(ROW_LOAD));

  private DriftColumns() {}

  private static JsonNode bin(RowLoad.Bin bin) {
    return JsonNodeFactory.instance.arrayNode().add(bin.leastIds()).add(bin.rows());
  }

  /** The floor of a figure of movement or agreement. */
  public static <T> Column<T> floor(Column<T> figure) {
    return figure.prefixed(FLOOR);
  }
}
