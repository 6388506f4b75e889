package io.millrace.stream;

import io.millrace.counts.CountRules;
import io.millrace.counts.CountTable;
import io.millrace.counts.IdCounts;
import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.event.Warning;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.maps.TeacherValues;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.student.MetricLine;
import io.millrace.student.OneClassWindows;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.teacher.Teacher;
import io.millrace.time.EventClock;
import io.millrace.time.LateGate;
import io.millrace.time.LearningOrder;
import io.millrace.time.MapGrid;
import io.millrace.time.OrderedLearner;
import io.millrace.watch.AlertLine;
import io.millrace.watch.DenseDrift;
import io.millrace.watch.DenseLine;
import io.millrace.watch.DriftWatch;
import io.millrace.watch.LateEvents;
import io.millrace.watch.Losses;
import io.millrace.watch.PulseLine;
import io.millrace.watch.TrafficCounter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The whole path in one thread, from events in order to metrics and models:
 *
 * <pre>
 *                 ┌─► counts ────┐   (and summaries of the dense columns)
 *  event ─► gate ─┼─► teacher ───┼─► maps and drift, at each window's end
 *                 └─► students ◄─┘      (a student's next event waits for them)
 * </pre>
 *
 * <p>The Flink job runs the same objects as operators. Learners order events by time ({@link
 * LearningOrder}), so both give the same numbers to the bit, whatever the partitions; by arrival
 * they do with one partition and parallelism 1.
 */
public final class TrainLoop implements AutoCloseable {

  /** Receives everything that the loop reports. */
  public interface Listener extends Student.Listener, DriftWatch.Listener {
    /** A field's maps, drift and inputs at the end of a pane, or of a sub-window of one. */
    void maps(int field, MapBuilder.Result result);

    /** A dense column's figures at a pane's end. */
    void dense(DenseLine line);

    @Override
    default void warning(Warning warning) {}

    @Override
    default void pulse(PulseLine line) {}

    @Override
    default void alert(AlertLine line) {}

    /** The teacher's losses of a sub-window, see {@link Teacher.Listener#losses}. */
    default void teacherLosses(Losses losses, long knownIn) {}
  }

  private final JobSpec job;
  private final Listener listener;
  private final EventClock clock;
  private final LateGate gate;
  private final LateEvents lateEvents;
  private final IdCounts[][] counts;
  private final DenseDrift dense;
  private final List<Teacher> teachers = new ArrayList<>();
  private final TreeMap<Long, TeacherValues[][]> values = new TreeMap<>();
  private final MapBuilder[] builders;
  private final TreeMap<Long, Map<String, MapVersion>> maps = new TreeMap<>();
  private final List<Student> students = new ArrayList<>();
  private final List<String> studentStages = new ArrayList<>();
  private final MapGrid grid;
  private final TreeSet<Long> openSubWindows = new TreeSet<>();
  private long lastClosed = Long.MIN_VALUE;
  private long firstOpen = Long.MIN_VALUE;
  private final OneClassWindows oneClass;
  private final StageTimer timer;
  private final TrafficCounter traffic;
  private final DriftWatch watch;
  private final boolean byTime;
  private long learnersAt = EventClock.NONE;
  private long trained;
  private long lateTrained;
  private long lateDropped;

  /** A loop that has seen nothing. */
  public TrainLoop(JobSpec job, long seed, Listener listener, StageTimer timer) {
    this.job = job;
    this.byTime = job.student().order() == LearningOrder.EVENT_TIME;
    this.listener = listener;
    this.timer = timer;
    this.oneClass = new OneClassWindows(job.schema().label().column());
    this.grid = job.mapGrid();
    this.clock = new EventClock(job.watchGrid());
    this.traffic = new TrafficCounter(job.watchGrid(), job.schema().fields().size());
    this.watch = new DriftWatch(job, seed, listener);
    this.gate = new LateGate(job.windows());
    this.lateEvents = new LateEvents(job);
    this.dense = new DenseDrift(job, seed);
    Schema schema = job.schema();
    int fields = schema.fields().size();
    this.counts = new IdCounts[fields][job.counts().shards()];
    this.builders = new MapBuilder[fields];
    for (int f = 0; f < fields; f++) {
      builders[f] = new MapBuilder(job, f, seed);
      for (int s = 0; s < job.counts().shards(); s++) {
        counts[f][s] = new IdCounts(CountRules.of(job.counts(), grid));
      }
    }
    if (job.needsTeacher()) {
      teachers.add(new Teacher(job, "teacher", seed, watch, new Values(0)));
      if (job.secondTeacher()) {
        teachers.add(new Teacher(job, "teacher-2", seed, watch, new Values(1)));
      }
    }
    for (ArmSpec spec : job.arms()) {
      String stage = StageTimer.student(spec);
      students.add(new Student(job, spec, seed, this::mapOf, watch, new Publishing(stage)));
      studentStages.add(stage);
    }
  }

  /** Passes on what a student emits; publishing is a stage of its own. */
  private final class Publishing implements Student.Listener {
    private final String stage;

    Publishing(String stage) {
      this.stage = stage;
    }

    @Override
    public void metrics(MetricLine line) {
      listener.metrics(line);
      if (line.arm().equals(job.arms().get(0).name())) {
        oneClass.add(line).ifPresent(listener::warning);
      }
    }

    @Override
    public void losses(Student student, Losses losses) {
      watch.onLosses(student.spec().name(), losses);
      listener.losses(student, losses);
    }

    @Override
    public void switched(SwitchLine line) {
      listener.switched(line);
    }

    @Override
    public void warning(Warning warning) {
      listener.warning(warning);
    }

    @Override
    public void updated(ModelUpdate update) {
      listener.updated(update);
    }

    @Override
    public void publish(Student student, Student.PublishCause cause) {
      timer.enter(StageTimer.PUBLISHING);
      listener.publish(student, cause);
      timer.enter(stage);
    }
  }

  /** A map of the newest refresh; it is built before a student asks for it. */
  private MapVersion mapOf(String spec, int field, long subWindow) {
    return maps.get(subWindow).get(mapKey(spec, field));
  }

  private static String mapKey(String spec, int field) {
    return spec + "/" + field;
  }

  /** Keeps a teacher's values until maps are built from them. */
  private final class Values implements Teacher.Listener {
    private final int which;

    Values(int which) {
      this.which = which;
    }

    @Override
    public void values(int field, long subWindow, boolean builds, TeacherValues v) {
      values
              .computeIfAbsent(subWindow, p -> new TeacherValues[2][job.schema().fields().size()])[
              which][field] =
          v;
    }

    @Override
    public void passed(long watermark) {}

    @Override
    public void losses(Losses losses, long knownIn) {
      if (which == 0) {
        watch.onTeacherLosses(losses, knownIn);
        listener.teacherLosses(losses, knownIn);
      }
    }

    @Override
    public void complete(long subWindow) {
      if (which == 0) {
        watch.onTeacherComplete(subWindow);
      }
    }
  }

  /** Takes the next event of the stream. */
  public void onEvent(ClickEvent event) {
    boolean late = gate.late(event.eventTime());
    if (late && job.late() == LateGate.Policy.DROP) {
      lateDropped++;
    } else {
      trained++;
      lateTrained += late ? 1 : 0;
      pass(event, late);
    }
    long watermark = clock.advance(event.eventTime());
    if (watermark != EventClock.NONE) {
      onWatermark(watermark);
    }
  }

  private void pass(ClickEvent event, boolean late) {
    if (!late) {
      timer.enter(StageTimer.COUNTS);
      dense.add(event);
      count(event);
      traffic.add(event);
    }
    timer.enter(StageTimer.TEACHER);
    boolean moved = byTime && clock.watermark() > learnersAt;
    learnersAt = clock.watermark();
    for (Teacher teacher : teachers) {
      learn(teacher, event, late, moved);
    }
    for (int a = 0; a < students.size(); a++) {
      timer.enter(studentStages.get(a));
      learn(students.get(a), event, late, moved);
    }
    timer.leave();
  }

  /** First passes on where event time is, so that events are held for {@code lateness} only. */
  private void learn(OrderedLearner learner, ClickEvent event, boolean late, boolean moved) {
    if (moved) {
      learner.onWatermark(learnersAt);
    }
    learner.onEvent(event, late);
  }

  private void count(ClickEvent event) {
    long subWindow = grid.of(event.eventTime(), firstOpen);
    int clicks = event.clicked() ? 1 : 0;
    if (openSubWindows.add(subWindow)) {
      openSubWindows.add(grid.lastOf(grid.pane(subWindow)));
    }
    for (int f = 0; f < counts.length; f++) {
      for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
        long id = event.ids()[i];
        counts[f][IdCounts.shard(id, counts[f].length)].add(subWindow, id, 1, clicks);
      }
    }
  }

  /** Closes the complete sub-windows one by one: changes in one may decide about the next. */
  private void onWatermark(long watermark) {
    gate.onWatermark(watermark);
    lateEvents.onWatermark(
        watermark, trained + lateDropped, lateTrained + lateDropped, listener::warning);
    while (!openSubWindows.isEmpty() && openSubWindows.first() <= grid.lastClosed(watermark)) {
      pass(grid.end(openSubWindows.first()) - 1);
    }
    pass(watermark);
    firstOpen = grid.lastClosed(watermark) + 1;
  }

  private void pass(long watermark) {
    timer.enter(StageTimer.COUNTS);
    traffic.drain(watch::onTraffic);
    watch.onWatermark(watermark);
    timer.enter(StageTimer.TEACHER);
    for (Teacher teacher : teachers) {
      teacher.onWatermark(watermark);
    }
    timer.enter(StageTimer.COUNTS);
    dense.onWatermark(watermark, listener::dense);
    timer.enter(StageTimer.MAPS);
    if (!openSubWindows.isEmpty() && openSubWindows.first() <= grid.lastClosed(watermark)) {
      endSubWindow(openSubWindows.pollFirst());
    }
    for (int a = 0; a < students.size(); a++) {
      timer.enter(studentStages.get(a));
      students.get(a).onWatermark(watermark);
      if (job.student().waitForMaps() == MapWaiting.NEVER) {
        offerMaps(students.get(a));
      }
    }
    timer.leave();
    while (maps.size() > 1) {
      maps.pollFirstEntry(); // only the newest is still due, before the next event
    }
  }

  /** Offers new maps at once, as a live job whose builders take no time. */
  private void offerMaps(Student student) {
    for (Map<String, MapVersion> built : maps.values()) {
      for (int f = 0; f < builders.length; f++) {
        MapVersion map = built.get(mapKey(job.mapSpec(student.spec()), f));
        if (map != null && map.header().windowEnd() <= student.mapsUntil()) {
          student.offer(f, map);
        }
      }
    }
  }

  private void endSubWindow(long subWindow) {
    boolean endsPane = grid.endsPane(subWindow);
    boolean builds = watch.builds(lastClosed, subWindow);
    lastClosed = subWindow;
    TeacherValues[][] known = values.remove(subWindow);
    if (builds) {
      maps.put(subWindow, new HashMap<>());
    }
    for (int f = 0; f < builders.length; f++) {
      List<CountTable> shards = new ArrayList<>();
      for (IdCounts shard : counts[f]) {
        shard.closeSubWindow(subWindow);
        if (endsPane) {
          shards.add(shard.closePane(grid.pane(subWindow)));
        } else if (builds) {
          shards.add(shard.tableAt(subWindow));
        }
      }
      if (endsPane || builds) {
        TeacherValues teacher = known == null ? null : known[0][f];
        TeacherValues second = known == null ? null : known[1][f];
        build(f, subWindow, builds, CountTable.merge(shards), teacher, second);
      }
    }
  }

  private void build(
      int field,
      long subWindow,
      boolean builds,
      CountTable table,
      TeacherValues teacher,
      TeacherValues second) {
    MapBuilder.Result result = builders[field].build(subWindow, builds, table, teacher, second);
    for (MapVersion map : result.maps()) {
      maps.get(subWindow).put(mapKey(map.header().spec(), field), map);
    }
    result.warnings().forEach(listener::warning);
    listener.maps(field, result);
  }

  /** Ends the stream: every open pane closes. */
  public void finish() {
    onWatermark(Long.MAX_VALUE);
  }

  /** Events trained on, late ones included. */
  public long trained() {
    return trained;
  }

  /** Late events trained on. */
  public long lateTrained() {
    return lateTrained;
  }

  /** Late events dropped. */
  public long lateDropped() {
    return lateDropped;
  }

  @Override
  public void close() {
    teachers.forEach(Teacher::close);
    students.forEach(Student::close);
  }
}
