package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountRules;
import io.millrace.counts.HeapPages;
import io.millrace.counts.PageCache;
import io.millrace.counts.PagedCounts;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.maps.TeacherValues;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.student.Student;
import io.millrace.teacher.Teacher;
import io.millrace.time.EventClock;
import io.millrace.time.WatchGrid;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Law: a loop of restored teachers, counts, map builders and students goes on as the original. */
class RestartTest {

  // each is written and read back twice, in the middle of batches
  @Test
  void restoredTrainersGoOnAsTheOriginals() throws IOException {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    JobSpec all = SmallJob.job(true, 10, 30);
    for (JobSpec job :
        List.of(
            all,
            SmallJob.gated(all, SmallJob.GATE),
            SmallJob.replicated(all, 3, 0),
            SmallJob.replicated(all, 2, 1),
            SmallJob.replicated(all, 2, 2))) {
      assertThat(interrupted(events, job, Integer.MAX_VALUE))
          .isEqualTo(interrupted(events, job, 667))
          .hasSize(4 * job.arms().size());
    }
  }

  /** The steps of the loop one by one, as operators call them, with restarts. */
  private static List<String> interrupted(List<ClickEvent> events, JobSpec job, int every)
      throws IOException {
    LoopLog log = new LoopLog();
    Steps steps = new Steps(job, log, new HeapPages());
    EventClock clock = new EventClock(new WatchGrid(job.windows(), 1));
    for (int i = 0; i < events.size(); i++) {
      if (i % every == every - 1) {
        Steps next = new Steps(job, log, steps.pages);
        next.restore(steps.save());
        next.maps.putAll(steps.maps); // files in the model folder outlive a restart
        steps = next;
      }
      steps.event(events.get(i));
      long watermark = clock.advance(events.get(i).eventTime());
      if (watermark != EventClock.NONE) {
        steps.watermark(watermark);
      }
    }
    steps.watermark(Long.MAX_VALUE);
    return log.lines.stream().map(Object::toString).toList();
  }

  private static final class Steps {
    private final JobSpec job;
    private final Map<String, TeacherValues> values = new HashMap<>();
    private final Map<String, MapVersion> maps = new HashMap<>();
    private final Teacher teacher;
    private final List<Student> arms = new ArrayList<>();
    private final HeapPages pages;
    private final PageCache cache;
    private final PagedCounts[] counts = new PagedCounts[2];
    private final MapBuilder[] builders = new MapBuilder[2];
    private long openPane;

    Steps(JobSpec job, LoopLog log, HeapPages pages) throws IOException {
      this.job = job;
      this.pages = pages;
      this.cache = new PageCache(pages, 1); // what is not in use is away
      Refreshes decisions = Refreshes.ofWindows(job.mapGrid());
      teacher =
          new Teacher(
              job,
              "teacher",
              7,
              decisions,
              new Teacher.Listener() {
                @Override
                public void values(int f, long pane, boolean builds, TeacherValues v) {
                  values.put(f + "@" + pane, v);
                }

                @Override
                public void passed(long watermark) {}
              });
      for (ArmSpec arm : job.arms()) {
        arms.add(
            new Student(
                job, arm, 7, (spec, f, pane) -> maps.get(spec + f + "@" + pane), decisions, log));
      }
      for (int f = 0; f < 2; f++) {
        counts[f] = new PagedCounts(CountRules.of(job.counts(), job.mapGrid()), f, cache);
        builders[f] = new MapBuilder(job, f, 7);
      }
    }

    void event(ClickEvent event) throws IOException {
      long[] clicks = {event.clicked() ? 1 : 0};
      for (int f = 0; f < 2; f++) {
        long pane = job.windows().pane(event.eventTime());
        counts[f].add(pane, new long[] {event.ids()[f]}, new long[] {1}, clicks);
      }
      teacher.onEvent(event, false);
      arms.forEach(arm -> arm.onEvent(event, false));
    }

    void watermark(long watermark) throws IOException {
      teacher.onWatermark(watermark);
      while (job.windows().closed(openPane, watermark) && openPane < 4) {
        for (int f = 0; f < 2; f++) {
          MapBuilder.Result result =
              builders[f].build(
                  openPane,
                  true,
                  counts[f].closePane(openPane),
                  values.get(f + "@" + openPane),
                  null);
          for (MapVersion map : result.maps()) {
            maps.put(map.header().spec() + f + "@" + openPane, map);
          }
        }
        openPane++;
      }
      arms.forEach(arm -> arm.onWatermark(watermark));
    }

    byte[] save() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeLong(openPane);
      teacher.writeState(out);
      cache.flush();
      for (int f = 0; f < 2; f++) {
        counts[f].writeState(out);
        builders[f].writeState(out);
      }
      for (Student arm : arms) {
        arm.writeState(out);
      }
      return bytes.toByteArray();
    }

    void restore(byte[] bytes) throws IOException {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      openPane = in.readLong();
      teacher.readState(Teacher.FORMAT, in);
      for (int f = 0; f < 2; f++) {
        counts[f].readState(in);
        builders[f].readState(in);
      }
      for (Student arm : arms) {
        arm.readState(Student.FORMAT, in);
      }
      assertThat(in.available()).isZero();
    }
  }
}
