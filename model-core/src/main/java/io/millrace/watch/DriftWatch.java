package io.millrace.watch;

import io.millrace.counts.IdCounts;
import io.millrace.metric.Psi;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.time.WatchGrid;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Watches a job between the ends of its windows: turns the traffic of each sub-window into values,
 * and values into alerts. See docs/algorithms.md, section 10.
 *
 * <pre>
 *  traffic ─► joined until the watermark passes ─┬─► label rate ──────────┐
 *                                                └─► new traffic, PSI ────┼─► detectors ─► alerts
 *  losses of each student ────────────────────────────────────────────────┘
 * </pre>
 *
 * <ol>
 *   <li>The traffic of several readers is added up. Traffic of a sub-window that the watermark has
 *       closed is dropped.
 *   <li>When the watermark passes a sub-window's end, each of its streams gets a value.
 *   <li>The value becomes a z-score, the input of the stream's detectors ({@link WatchedStream}).
 * </ol>
 *
 * <p>Streams are independent, so their order does not matter. A value of few events is noisy, so
 * each has a sampling variance:
 *
 * <ul>
 *   <li>label rate {@code m} of {@code n} events: {@code m (1 - m) / n}, with the mean before
 *   <li>new traffic: the same over {@code n} accesses, times {@code 2^level} of the sample of ids
 *   <li>PSI: see {@link Psi#corrected}, against a mean of the sub-windows before that fades by
 *       {@value #FADING} a sub-window, and starts again after an alert
 *   <li>loss and normalised entropy: by the spread of the events' losses, {@link Losses}
 * </ul>
 *
 * <p>Known ids are kept as a sample of at most {@value #MOST_KNOWN} a field, {@link IdSample}. An
 * id is forgotten when it has had no access for {@value #REMEMBERED} panes.
 */
public final class DriftWatch implements BuildDecisions {

  /** Upper bound on the known ids of a field. */
  static final int MOST_KNOWN = 32_768;

  /** Panes without an access after which an id counts as new. */
  static final int REMEMBERED = 30;

  /** Decay factor of the PSI's reference, applied at each sub-window. */
  static final double FADING = .9;

  /** Accesses below which a sub-window has no share of new ones. */
  private static final int LEAST_ACCESSES = 50;

  /** "DW" and version 2. */
  private static final int FORMAT = 0x4457_0002;

  /** Receives values and alerts. */
  public interface Listener {
    /** A value of a watched stream. */
    void pulse(PulseLine line);

    /** A change that was found. */
    void alert(AlertLine line);

    /** Maps will be built because of changes. */
    default void refresh(RefreshLine line) {}
  }

  private static final String TRAFFIC = "traffic";
  private static final String TEACHER = "teacher";

  private final JobSpec job;
  private final WatchGrid grid;
  private final long seed;
  private final Listener listener;
  private final List<Field> fields = new ArrayList<>();
  private final WatchedStream labelRate;
  private final WatchedStream teacherNe;
  private final Map<String, Arm> arms = new TreeMap<>();
  private final TreeMap<Long, JoinedTraffic> open = new TreeMap<>();

  /**
   * Null where maps are built at the ends of windows only; else the grid of the maps has the same
   * sub-windows as {@link #grid}.
   */
  private final RefreshPlan plan;

  private long closed = Long.MIN_VALUE;

  /** What is remembered of a field. */
  private final class Field {
    final String name;
    final IdSample known = new IdSample(MOST_KNOWN);
    final double[] reference = new double[Psi.BINS];
    double size;
    double squares;
    final WatchedStream newTraffic;
    final WatchedStream psi;

    Field(String name) {
      this.name = name;
      this.newTraffic = stream(DriftOptions.Stream.NEW_TRAFFIC, name, null);
      this.psi = stream(DriftOptions.Stream.PSI, name, null);
    }
  }

  /** The streams of a student. */
  private final class Arm {
    final WatchedStream loss;
    final WatchedStream ne;

    Arm(String name) {
      this.loss = stream(DriftOptions.Stream.LOSS, null, name);
      this.ne = stream(DriftOptions.Stream.NE, null, name);
    }
  }

  /** A watch that has seen nothing. */
  public DriftWatch(JobSpec job, long seed, Listener listener) {
    this.job = job;
    this.grid = job.watchGrid();
    this.seed = seed;
    this.listener = listener;
    job.schema().fields().forEach(field -> fields.add(new Field(field.name())));
    labelRate = stream(DriftOptions.Stream.LABEL_RATE, null, null);
    teacherNe = stream(DriftOptions.Stream.TEACHER_NE, null, null);
    List<String> sources = job.needsTeacher() ? List.of(TRAFFIC, TEACHER) : List.of(TRAFFIC);
    plan =
        job.hash().refresh().byDrift()
            ? new RefreshPlan(job, seed, sources, listener::refresh)
            : null;
  }

  /** The refresh decisions so far. */
  public Refreshes refreshes() {
    return plan == null ? Refreshes.ofWindows(job.mapGrid()) : plan.refreshes();
  }

  @Override
  public boolean decided(long subWindow) {
    return refreshes().decided(subWindow);
  }

  @Override
  public boolean builds(long before, long subWindow) {
    return refreshes().builds(before, subWindow);
  }

  /**
   * Takes over the decisions that were published after the state that this watch was restored from:
   * other operators may have acted on them.
   */
  public void adopt(Refreshes before) {
    plan.adopt(before);
  }

  private WatchedStream stream(DriftOptions.Stream kind, String field, String arm) {
    return new WatchedStream(job.drift(), kind, field, arm, seed);
  }

  /** Takes the traffic that one reader has counted. */
  public void onTraffic(Traffic traffic) {
    if (traffic.subWindow() > closed) {
      open.computeIfAbsent(traffic.subWindow(), s -> new JoinedTraffic(fields.size())).add(traffic);
    }
  }

  /** Takes the losses of a student in a sub-window that it has completed. */
  public void onLosses(String arm, Losses losses) {
    Arm watched = arms.computeIfAbsent(arm, Arm::new);
    watch(watched.loss, losses.subWindow(), losses.mean(), losses.variance());
    watch(watched.ne, losses.subWindow(), losses.ne(), losses.neVariance());
  }

  /**
   * Takes the losses of the teacher in a sub-window that it has completed.
   *
   * @param knownIn the sub-window of the maps' grid in which it reports them
   */
  public void onTeacherLosses(Losses losses, long knownIn) {
    changed(watch(teacherNe, losses.subWindow(), losses.ne(), losses.neVariance()), knownIn);
  }

  /** The teacher has reported all losses up to a sub-window of the maps' grid. */
  public void onTeacherComplete(long subWindow) {
    if (plan != null) {
      plan.complete(TEACHER, subWindow);
    }
  }

  /** Passes on a change; those in students' losses make no maps due, as students use the maps. */
  private void changed(AlertLine alert, long subWindow) {
    if (plan != null && alert != null) {
      plan.changed(subWindow, alert.source());
    }
  }

  /** Closes the sub-windows that a watermark, ms, completes. */
  public void onWatermark(long watermark) {
    closed = Math.max(closed, grid.lastClosed(watermark));
    while (!open.isEmpty() && open.firstKey() <= closed) {
      long subWindow = open.firstKey();
      close(open.remove(subWindow).of(subWindow));
    }
    if (plan != null) {
      plan.complete(TRAFFIC, closed);
    }
  }

  private void close(Traffic traffic) {
    if (plan != null) {
      plan.begins(traffic.subWindow());
    }
    double rate = (double) traffic.clicks() / traffic.events();
    double variance = binomial(labelRate.mean(), (double) traffic.events());
    changed(watch(labelRate, traffic.subWindow(), rate, variance), traffic.subWindow());
    for (int f = 0; f < fields.size(); f++) {
      newTraffic(fields.get(f), traffic, traffic.fields().get(f));
      psi(fields.get(f), traffic, traffic.fields().get(f).bins());
    }
  }

  /** Variance of a share of n; where its mean is 0 or 1, that of one exception. */
  private static double binomial(double mean, double n) {
    double inside = Math.max(1 / n, Math.min(1 - 1 / n, mean));
    return inside * (1 - inside) / n;
  }

  private void newTraffic(Field field, Traffic traffic, Traffic.Field now) {
    boolean first = field.known.size() == 0;
    long pane = grid.pane(traffic.subWindow());
    field.known.thin(now.level());
    int level = field.known.level();
    long fresh = 0;
    for (int i = 0; i < now.ids().length; i++) {
      long mixed = IdCounts.mix(now.ids()[i]);
      if (IdSample.holds(mixed, level) && !field.known.contains(now.ids()[i], mixed)) {
        fresh += now.counts()[i];
      }
    }
    for (long id : now.ids()) {
      field.known.set(id, IdCounts.mix(id), pane);
    }
    if (grid.pane(traffic.subWindow() + 1) > pane) {
      field.known.dropBelow(pane - REMEMBERED);
    }
    long all = sum(now.bins());
    double scale = Math.scalb(1.0, level);
    double value = first || all < LEAST_ACCESSES ? Double.NaN : scale * fresh / all;
    double variance = scale * binomial(field.newTraffic.mean(), (double) all);
    changed(watch(field.newTraffic, traffic.subWindow(), value, variance), traffic.subWindow());
  }

  private void psi(Field field, Traffic traffic, long[] bins) {
    double[] now = Arrays.stream(bins).asDoubleStream().toArray();
    Psi.Corrected psi =
        Psi.corrected(field.reference, field.size * field.size / field.squares, now);
    double variance = psi.deviation() * psi.deviation();
    AlertLine alert = watch(field.psi, traffic.subWindow(), psi.value(), variance);
    changed(alert, traffic.subWindow());
    double kept = alert != null ? 0 : FADING;
    double n = sum(bins);
    for (int b = 0; b < now.length; b++) {
      field.reference[b] = kept * field.reference[b] + now[b];
    }
    field.size = kept * field.size + n;
    field.squares = kept * kept * field.squares + n;
  }

  private static long sum(long[] bins) {
    return Arrays.stream(bins).sum();
  }

  /** Returns null unless there is a change. */
  private AlertLine watch(WatchedStream stream, long subWindow, double value, double variance) {
    PulseLine line = stream.line(grid.end(subWindow), value);
    listener.pulse(line);
    if (Double.isNaN(value)) {
      return null;
    }
    long warmUp = (long) job.drift().warmUp() * grid.perPane();
    AlertLine alert = stream.add(subWindow, warmUp, line, variance);
    if (alert != null) {
      listener.alert(alert);
    }
    return alert;
  }

  /** The settings that the layout of the state depends on. */
  private String layout() {
    return job.drift().perPane()
        + " "
        + job.windows()
        + " "
        + new TreeMap<>(job.drift().detectors())
        + " "
        + fields.stream().map(field -> field.name).toList()
        + (plan == null ? "" : " " + job.hash().refresh().when());
  }

  /** Writes all that {@link #readState} needs to continue with the same bits. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(FORMAT);
    out.writeUTF(layout());
    out.writeLong(closed);
    labelRate.writeState(out);
    teacherNe.writeState(out);
    for (Field field : fields) {
      field.known.write(out);
      for (double bin : field.reference) {
        out.writeDouble(bin);
      }
      out.writeDouble(field.size);
      out.writeDouble(field.squares);
      field.newTraffic.writeState(out);
      field.psi.writeState(out);
    }
    out.writeInt(arms.size());
    for (Map.Entry<String, Arm> arm : arms.entrySet()) {
      out.writeUTF(arm.getKey());
      arm.getValue().loss.writeState(out);
      arm.getValue().ne.writeState(out);
    }
    out.writeInt(open.size());
    for (Map.Entry<Long, JoinedTraffic> joined : open.entrySet()) {
      joined.getValue().of(joined.getKey()).write(out);
    }
    if (plan != null) {
      plan.writeState(out);
    }
  }

  /**
   * Reads what {@link #writeState} wrote, if it was for the same sub-windows, fields and detectors.
   *
   * @return false if it was for others; this watch has then read nothing
   * @throws IOException if it is of another format
   */
  public boolean readState(DataInput in) throws IOException {
    int format = in.readInt();
    if (format != FORMAT) {
      throw new IOException(
          "watch: format of the state must be %08x but was %08x".formatted(FORMAT, format));
    }
    if (!in.readUTF().equals(layout())) {
      return false;
    }
    closed = in.readLong();
    labelRate.readState(in);
    teacherNe.readState(in);
    for (Field field : fields) {
      field.known.read(in);
      for (int b = 0; b < field.reference.length; b++) {
        field.reference[b] = in.readDouble();
      }
      field.size = in.readDouble();
      field.squares = in.readDouble();
      field.newTraffic.readState(in);
      field.psi.readState(in);
    }
    arms.clear();
    for (int n = in.readInt(); n > 0; n--) {
      Arm arm = arms.computeIfAbsent(in.readUTF(), Arm::new);
      arm.loss.readState(in);
      arm.ne.readState(in);
    }
    open.clear();
    for (int n = in.readInt(); n > 0; n--) {
      onTraffic(Traffic.read(in));
    }
    if (plan != null) {
      plan.readState(in);
    }
    return true;
  }
}
