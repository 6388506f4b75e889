package io.millrace.maps;

import io.millrace.cluster.FreqDoubleMapBuilder;
import io.millrace.cluster.HotKeptMapBuilder;
import io.millrace.cluster.LearnedMapBuilder;
import io.millrace.cluster.PlainMapBuilder;
import io.millrace.cluster.TwoLevelMapBuilder;
import io.millrace.counts.CountTable;
import io.millrace.event.Warning;
import io.millrace.hash.MapVersion;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the maps of one field, and measures at the end of each pane how far the field has moved.
 *
 * <p>Counts and teacher values meet here, for every kind of map that the job's arms use:
 *
 * <ol>
 *   <li>Every counted id is used, weighted by its decayed count or its count in the window. An id
 *       that the teacher does not know has the value 0, as an untrained one is near 0.
 *   <li>Where most accesses are by ids that no earlier pane has counted, no map can help: a plain
 *       hash replaces learned and two-level maps, see {@link NewTrafficGate}.
 *   <li>If the teacher knows none of the ids, as after a window of which it has sampled no event,
 *       no learned map is built, and students keep the earlier one. Two-level maps are built
 *       without the teacher.
 *   <li>Otherwise the builder of the kind makes the map, see {@code io.millrace.cluster}.
 *   <li>At a pane's end counts, vectors and map are compared with those of the pane before.
 * </ol>
 *
 * <p>Versions count up from 1 with every pane that had accesses, and whenever maps are built within
 * one. See docs/algorithms.md, sections 8.3 and 9.
 */
public final class MapBuilder {

  private static final Logger LOG = LoggerFactory.getLogger(MapBuilder.class);
  private static final long MAP_SEED = 0x5EED_0003L;

  /**
   * Seed of the plain hash of a field: of arms without maps, and of others while they have none.
   */
  public static final long PLAIN_HASH_SEED = 0x5EED_0002L;

  /** "MB" and version 3. */
  private static final int FORMAT = 0x4D42_0003;

  /** Format that did not remember how much the field had changed in each window. */
  private static final int WITHOUT_USUAL = 0x4D42_0002;

  /** Format whose gate decided about every pane, and so had no state. */
  private static final int WITHOUT_GATE = 0x4D42_0001;

  private final JobSpec job;
  private final int field;
  private final MapGrid grid;
  private final long seed;
  private final Map<String, MapVersion> maps = new LinkedHashMap<>();
  private int version;
  private CountTable lastCounts;
  private TeacherValues lastTeacher;
  private final NewTrafficGate newTraffic;
  private final UsualPsi usualPsi = new UsualPsi();

  /**
   * The results at the end of a sub-window.
   *
   * @param end the end, ms
   * @param maps the maps built
   * @param without kinds of map that could not be built
   * @param drift how far the field has moved; null within a pane, and without accesses
   * @param inputs what the learned maps were built from
   * @param warnings what the user must know
   */
  public record Result(
      long end,
      List<MapVersion> maps,
      List<String> without,
      DriftLine drift,
      List<Input> inputs,
      List<Warning> warnings) {}

  /**
   * What a learned map was built from.
   *
   * @param spec kind of map
   * @param ids ascending by signed value
   * @param columns for each internal table the 1-D values that were clustered, in the order of the
   *     ids
   * @param counts the weights of the ids, in their order
   */
  @SuppressWarnings("ArrayRecordComponent") // handed out once, to be written to a file
  public record Input(String spec, long[] ids, List<double[]> columns, double[] counts) {}

  /** A builder that has seen no pane. */
  public MapBuilder(JobSpec job, int field, long seed) {
    this.job = job;
    this.field = field;
    this.grid = job.mapGrid();
    this.seed = seed;
    this.newTraffic = new NewTrafficGate(job.hash(), name(), seed);
  }

  /**
   * Ends a pane, or a sub-window within it.
   *
   * @param subWindow that ended, in {@link JobSpec#mapGrid}
   * @param builds whether maps are built
   * @param counts of every id known
   * @param teacher the teacher's vectors; null where no arm needs them, or there are none
   * @param second a second teacher's vectors; null where the floor is off, or there are none
   * @return without maps and drift if the pane has had no accesses
   */
  public Result build(
      long subWindow,
      boolean builds,
      CountTable counts,
      TeacherValues teacher,
      TeacherValues second) {
    if (counts.inPane() == 0) {
      boolean wanted = builds && job.qualifies(field);
      List<String> without = wanted ? List.copyOf(job.mapSpecs().keySet()) : List.of();
      return new Result(grid.end(subWindow), List.of(), without, null, List.of(), List.of());
    }
    version += builds ? 1 : 0;
    long end = grid.end(subWindow);
    List<Input> inputs = new ArrayList<>();
    List<Warning> warnings = new ArrayList<>();
    Map<String, MapVersion> next = new LinkedHashMap<>();
    List<String> without = new ArrayList<>();
    MapVersion floorMap = null;
    String learnedSpec = learnedSpec();
    if (builds && job.qualifies(field)) {
      decidePlain(subWindow, counts).ifPresent(warnings::add);
      boolean plain = newTraffic.plain();
      boolean taught = knowsAny(teacher, counts);
      for (Map.Entry<String, ArmSpec> entry : job.mapSpecs().entrySet()) {
        boolean valued = entry.getValue().hash().valued();
        if (valued && plain) {
          next.put(entry.getKey(), plain(entry.getValue(), end, counts));
        } else if (entry.getValue().hash() == ArmSpec.Hash.LEARNED && !taught) {
          without.add(entry.getKey());
        } else {
          next.put(
              entry.getKey(), map(entry.getValue(), end, counts, taught ? teacher : null, inputs));
        }
        if (entry.getKey().equals(learnedSpec) && grid.endsPane(subWindow)) {
          floorMap =
              taught && !plain && knowsAny(second, counts)
                  ? map(entry.getValue(), end, counts, second, new ArrayList<>())
                  : null;
        }
      }
    }
    if (!without.isEmpty()) {
      warn(end, counts);
    }
    DriftLine drift = null;
    if (grid.endsPane(subWindow)) {
      MapVersion before = maps.get(learnedSpec);
      drift =
          Drift.line(
              job,
              field,
              seed,
              grid.pane(subWindow),
              new Drift.Side(lastCounts, lastTeacher, before),
              new Drift.Side(counts, teacher, builds ? next.get(learnedSpec) : before),
              learnedSpec,
              without,
              new Drift.Side(counts, second, floorMap),
              usualPsi);
      lastCounts = counts;
      lastTeacher = teacher;
    }
    maps.putAll(next);
    return new Result(
        end, List.copyOf(next.values()), List.copyOf(without), drift, inputs, warnings);
  }

  /** The first kind of map of this field that is built from a teacher's values, or null. */
  private String learnedSpec() {
    return job.mapSpecs().entrySet().stream()
        .filter(entry -> job.qualifies(field) && entry.getValue().hash().valued())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  private static boolean knowsAny(TeacherValues teacher, CountTable counts) {
    return teacher != null && Arrays.stream(counts.ids()).anyMatch(id -> teacher.indexOf(id) >= 0);
  }

  private void warn(long end, CountTable counts) {
    LOG.warn(
        "field {} gets no learned map for the window that ends at {}: the teacher knows none of its"
            + " {} ids (see teacher.sample); the map before stays (seed {})",
        name(),
        Instant.ofEpochMilli(end),
        counts.size(),
        seed);
  }

  /** Decides whether a plain hash replaces learned and two-level maps; none without such maps. */
  private Optional<Warning> decidePlain(long subWindow, CountTable counts) {
    return job.mapSpecs().values().stream().anyMatch(arm -> arm.hash().valued())
        ? newTraffic.decide(lastCounts, counts, grid.end(subWindow), grid.endsPane(subWindow))
        : Optional.empty();
  }

  private static boolean isPlain(MapVersion map) {
    return map.header().kind() == MapVersion.Kind.PLAIN;
  }

  private String name() {
    return job.schema().fields().get(field).name();
  }

  private MapVersion plain(ArmSpec arm, long end, CountTable counts) {
    int rows = FieldSize.of(job, arm, field).rows();
    return new PlainMapBuilder(job.mapSpec(arm), arm.lookups(), arm.rowsEach(rows), PLAIN_HASH_SEED)
        .build(
            name(),
            version,
            end - job.windows().sizeMs(),
            end,
            counts.ids(),
            weights(counts.decayed(), counts.inWindow()));
  }

  /**
   * Replaces the map just built by one that exists already for the same window, as after a restart,
   * so that the next map is compared with the one in use.
   */
  public void adopt(MapVersion map) {
    maps.put(map.header().spec(), map);
  }

  private MapVersion map(
      ArmSpec arm, long end, CountTable counts, TeacherValues teacher, List<Input> inputs) {
    HashOptions hash = job.hash();
    long start = end - job.windows().sizeMs();
    FieldSize size = FieldSize.of(job, arm, field);
    double[] weights = weights(counts.decayed(), counts.inWindow());
    return switch (arm.hash()) {
      case HOT_KEPT ->
          new HotKeptMapBuilder(
                  job.mapSpec(arm), size.rows(), hash.keptShare(), MAP_SEED, hash.signatureBits())
              .build(name(), version, start, end, counts.ids(), weights);
      case FREQ_DOUBLE ->
          freqDouble(job, arm, field).build(name(), version, start, end, counts.ids(), weights);
      case TWO_LEVEL ->
          new TwoLevelMapBuilder(job.mapSpec(arm), size.levels(), MAP_SEED, hash.signatureBits())
              .build(
                  name(),
                  version,
                  start,
                  end,
                  counts.ids(),
                  weights,
                  weights(counts.decayedClicks(), counts.clicksInWindow()),
                  teacher == null ? new float[0] : vectors(counts, teacher),
                  teacher == null ? 0 : teacher.dim());
      case LEARNED -> {
        List<double[]> columns = columns(arm, vectors(counts, teacher), teacher.dim(), weights);
        MapVersion map =
            learned(arm, size).build(name(), version, start, end, counts.ids(), columns, weights);
        inputs.add(input(map, counts, columns, weights));
        yield map;
      }
      case NONE, FULL, MODULO, DOUBLE, QR ->
          throw new IllegalArgumentException(arm.hash() + " is a formula, no map");
    };
  }

  /** What is clustered into each internal table: one selected value, or every dimension. */
  private List<double[]> columns(ArmSpec arm, float[] vectors, int dim, double[] weights) {
    if (arm.lookups() == 1) {
      return List.of(job.hash().value().select(vectors, dim, weights));
    }
    List<double[]> columns = new ArrayList<>();
    for (int d = 0; d < dim; d++) {
      double[] column = new double[weights.length];
      for (int i = 0; i < column.length; i++) {
        column[i] = vectors[i * dim + d];
      }
      columns.add(column);
    }
    return columns;
  }

  private LearnedMapBuilder learned(ArmSpec arm, FieldSize size) {
    HashOptions hash = job.hash();
    return new LearnedMapBuilder(
        job.mapSpec(arm),
        arm.rowsEach(size.rows()),
        hash.cold(),
        hash.reserveShare(),
        hash.cluster(),
        size.mapIds(),
        MAP_SEED,
        hash.signatureBits());
  }

  /** Values and counts of the ids that the map knows. */
  private static Input input(
      MapVersion map, CountTable counts, List<double[]> columns, double[] weights) {
    int[] known = IntStream.range(0, map.size()).map(i -> counts.indexOf(map.id(i))).toArray();
    return new Input(
        map.header().spec(),
        map.ids(),
        columns.stream().map(column -> pick(column, known)).toList(),
        pick(weights, known));
  }

  private static double[] pick(double[] from, int[] positions) {
    return Arrays.stream(positions).mapToDouble(i -> from[i]).toArray();
  }

  /** Builds the maps of frequency-based double hashing for a field. */
  public static FreqDoubleMapBuilder freqDouble(JobSpec job, ArmSpec arm, int field) {
    int rows = FieldSize.of(job, arm, field).rows();
    long expectedIds = job.schema().fields().get(field).expectedIds();
    return new FreqDoubleMapBuilder(
        job.mapSpec(arm),
        rows,
        arm.hotRows(expectedIds, rows),
        MAP_SEED,
        job.hash().signatureBits());
  }

  /** The counts that are the weights of ids in this job. */
  private double[] weights(double[] decayed, long[] inWindow) {
    return job.hash().counts() == HashOptions.Counts.DECAYED
        ? decayed
        : Arrays.stream(inWindow).asDoubleStream().toArray();
  }

  /**
   * The teacher's vectors in the order of the counts, {@code float[ids * dim]}; zeros if unknown.
   */
  private static float[] vectors(CountTable counts, TeacherValues teacher) {
    int dim = teacher.dim();
    float[] vectors = new float[counts.size() * dim];
    int t = 0;
    for (int i = 0; i < counts.size(); i++) {
      long id = counts.ids()[i];
      while (t < teacher.ids().length && teacher.ids()[t] < id) {
        t++;
      }
      if (t < teacher.ids().length && teacher.ids()[t] == id) {
        System.arraycopy(teacher.values(), t * dim, vectors, i * dim, dim);
      }
    }
    return vectors;
  }

  /** Writes the last pane's maps, counts and vectors. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(FORMAT);
    newTraffic.writeState(out);
    usualPsi.writeState(out);
    out.writeInt(version);
    out.writeByte(lastCounts == null ? 0 : CountTable.FORMAT);
    if (lastCounts != null) {
      lastCounts.write(out);
    }
    out.writeBoolean(lastTeacher != null);
    if (lastTeacher != null) {
      lastTeacher.write(out);
    }
    out.writeInt(maps.size());
    for (MapVersion map : maps.values()) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      map.writeTo(bytes);
      out.writeInt(bytes.size());
      out.write(bytes.toByteArray());
    }
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @throws IOException if it is of another format
   */
  public void readState(DataInput in) throws IOException {
    int was = in.readInt();
    if (was != FORMAT && was != WITHOUT_USUAL && was != WITHOUT_GATE) {
      throw new IOException(
          "maps of field %s: format of the state must be %08x but was %08x"
              .formatted(name(), FORMAT, was));
    }
    if (was != WITHOUT_GATE) {
      newTraffic.readState(in);
    }
    if (was == FORMAT) {
      usualPsi.readState(in);
    }
    version = in.readInt();
    int format = in.readByte();
    lastCounts = format == 0 ? null : CountTable.read(in, format);
    lastTeacher = in.readBoolean() ? TeacherValues.read(in) : null;
    maps.clear();
    for (int n = in.readInt(); n > 0; n--) {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      MapVersion map = MapVersion.readFrom(new ByteArrayInputStream(bytes), "state");
      maps.put(map.header().spec(), map);
    }
    if (was == WITHOUT_GATE) {
      newTraffic.adopt(maps.values().stream().anyMatch(MapBuilder::isPlain));
    }
  }
}
