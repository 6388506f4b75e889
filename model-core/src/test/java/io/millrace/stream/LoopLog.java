package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.Warning;
import io.millrace.hash.MapVersion;
import io.millrace.maps.DriftLine;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.JobSpec;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.watch.DenseLine;
import io.millrace.watch.RefreshLine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a whole loop reports. */
public final class LoopLog implements TrainLoop.Listener {

  public final List<MetricLine> lines = new ArrayList<>();
  public final List<DriftLine> drift = new ArrayList<>();
  public final List<SwitchLine> switches = new ArrayList<>();

  /** Maps that are built, in order. */
  public final List<MapVersion> maps = new ArrayList<>();

  /** Checksums of maps by {@code SPEC@PANE}. */
  public final Map<String, Long> checksums = new HashMap<>();

  /** Ends of maps that are built within panes or at their ends, and their checksums, in order. */
  public final List<String> built = new ArrayList<>();

  public final List<RefreshLine> refreshes = new ArrayList<>();
  public final List<String> published = new ArrayList<>();
  public final List<Warning> warnings = new ArrayList<>();

  @Override
  public void metrics(MetricLine line) {
    lines.add(line);
  }

  @Override
  public void publish(Student arm, Student.PublishCause cause) {
    published.add(arm.spec().name() + " " + arm.modelVersion() + " " + cause);
  }

  @Override
  public void maps(int field, MapBuilder.Result result) {
    long pane = result.end() / SmallJob.DAY - 1;
    if (result.drift() != null) {
      drift.add(result.drift());
    }
    maps.addAll(result.maps());
    for (MapVersion map : result.maps()) {
      built.add("%d %s %d".formatted(result.end(), map.header().spec(), map.checksum()));
    }
    result.maps().forEach(m -> checksums.put(m.header().spec() + "@" + pane, m.checksum()));
  }

  @Override
  public void warning(Warning warning) {
    warnings.add(warning);
  }

  @Override
  public void switched(SwitchLine line) {
    switches.add(line);
  }

  @Override
  public void refresh(RefreshLine line) {
    refreshes.add(line);
  }

  /** Entries of {@link #built} up to a time. */
  public List<String> builtUntil(long end) {
    return built.stream()
        .filter(map -> Long.parseLong(map.substring(0, map.indexOf(' '))) <= end)
        .toList();
  }

  @Override
  public void dense(DenseLine line) {}

  /** Metrics of windows that end by a time, as text. */
  public List<String> linesBefore(long end) {
    return lines.stream().filter(l -> l.windowEnd() <= end).map(Object::toString).toList();
  }

  /** Sends all events through a loop and ends it; every one is trained on. */
  public static LoopLog run(List<ClickEvent> events, JobSpec job, long seed) {
    LoopLog log = new LoopLog();
    try (TrainLoop loop = new TrainLoop(job, seed, log, StageTimer.NONE)) {
      events.forEach(loop::onEvent);
      loop.finish();
      assertThat(loop.trained()).isEqualTo(events.size());
    }
    return log;
  }

  /** Log losses of an arm's windows, in order. */
  public List<Double> scores(String arm) {
    return lines.stream()
        .filter(line -> line.arm().equals(arm))
        .map(line -> line.overall().logLoss())
        .toList();
  }
}
