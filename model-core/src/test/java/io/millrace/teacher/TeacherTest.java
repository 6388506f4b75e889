package io.millrace.teacher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.maps.TeacherValues;
import io.millrace.random.Seeds;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import io.millrace.stream.SmallJob;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.Losses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A teacher that holds back what comes after a part until it is decided whether it builds. */
@Timeout(60)
class TeacherTest {

  private static final int PER_PANE = 5;
  private static final int DELAY = 2;
  private static final JobSpec JOB =
      SmallJob.refreshing(
          SmallJob.job(true, 10, 0),
          new RefreshOptions(RefreshOptions.When.DRIFT, DELAY, 1),
          new DriftOptions(PER_PANE, 1, 0, .01, SmallJob.DRIFT.detectors()),
          "learned");

  /** Decides as a watch whose traffic is complete: as far as the teacher has told, and later. */
  private static final class Log implements Teacher.Listener, BuildDecisions {
    final List<String> lines = new ArrayList<>();
    final List<Long> watermarks = new ArrayList<>();

    /** The last part that the teacher has said is complete. */
    long complete = Long.MIN_VALUE;

    /** What of it has reached the watch, and come back. */
    long known = Long.MAX_VALUE;

    @Override
    public void values(int field, long part, boolean builds, TeacherValues values) {
      assertThat(builds || JOB.mapGrid().endsPane(part)).isTrue();
      lines.add("values %d %d %s %s".formatted(field, part, builds, text(values)));
    }

    private static String text(TeacherValues values) {
      try {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        values.write(new DataOutputStream(bytes));
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean builds(long before, long part) {
      assertThat(part).as("waits for a decision that never comes").isLessThanOrEqualTo(until());
      return part % 7 == 3;
    }

    private long until() {
      return Math.max(complete, 0) + DELAY;
    }

    @Override
    public boolean decided(long part) {
      return part <= Math.min(known, until());
    }

    @Override
    public void passed(long watermark) {
      watermarks.add(watermark);
    }

    @Override
    public void losses(Losses losses, long knownIn) {
      assertThat(knownIn).isGreaterThan(complete);
      lines.add(losses + " known in " + knownIn);
    }

    @Override
    public void complete(long part) {
      assertThat(part).isGreaterThanOrEqualTo(complete);
      complete = part;
    }
  }

  private static Teacher teacher(Log log) {
    return new Teacher(JOB, "teacher", 7, log, log);
  }

  /** In order; every third part of a pane has no events, nor has the last day but one. */
  private static List<ClickEvent> events() {
    List<ClickEvent> events = new ArrayList<>(SmallJob.events(6, 300, 1));
    events.removeIf(
        event -> {
          long part = JOB.mapGrid().of(event.eventTime());
          return part % 3 == 1 || part / PER_PANE == 4;
        });
    return events;
  }

  /**
   * Runs a teacher.
   *
   * @param lag how often decisions are behind, of 10 times
   * @param lateness of watermarks, ms
   * @param restarts how often it is written and read, of 1000 events
   */
  private static Log run(int lag, long lateness, int restarts) throws IOException {
    SplittableRandom random = Seeds.generator(2, "teacher-stream", 0);
    Log log = new Log();
    Teacher teacher = teacher(log);
    int held = 0;
    for (ClickEvent event : events()) {
      if (random.nextInt(10) < lag) {
        log.known = Math.min(log.known, log.complete);
      } else {
        log.known = Long.MAX_VALUE;
        while (random.nextInt(10) > 0 && teacher.steps().resume(1 + random.nextInt(30))) {
          held = Math.max(held, teacher.steps().heldBack());
        }
      }
      teacher.onEvent(event, false);
      teacher.onWatermark(event.eventTime() - 1 - lateness);
      held = Math.max(held, teacher.steps().heldBack());
      if (random.nextInt(1000) < restarts) {
        Teacher next = teacher(log);
        byte[] bytes = bytes(teacher);
        next.readState(Teacher.FORMAT, new DataInputStream(new ByteArrayInputStream(bytes)));
        assertThat(bytes(next)).isEqualTo(bytes);
        teacher.close();
        teacher = next;
      }
    }
    log.known = lag > 0 ? log.complete : Long.MAX_VALUE;
    teacher.onWatermark(Long.MAX_VALUE);
    assertThat(Math.max(held, teacher.steps().heldBack()) > 0).isEqualTo(lag > 0);
    log.known = Long.MAX_VALUE;
    teacher.steps().resumeAll();
    assertThat(teacher.steps().heldBack()).isZero();
    assertThat(log.complete).isEqualTo(Long.MAX_VALUE);
    assertThat(log.watermarks).isSorted().endsWith(Long.MAX_VALUE);
    teacher.close();
    return log;
  }

  private static byte[] bytes(Teacher teacher) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    teacher.writeState(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  // Law: neither when decisions come, nor restarts while something is held back, change a bit; nor
  // does any decision wait for what the teacher has held back.
  @Test
  void decisionsMayBeLate() throws IOException {
    for (long lateness : new long[] {0, 350, 2500, 10_000}) {
      Log atOnce = run(0, lateness, 0);
      assertThat(atOnce.lines)
          .filteredOn(line -> line.startsWith("values 0"))
          .extracting(line -> line.split(" ")[2] + " " + line.split(" ")[3])
          .containsExactly(
              "3 true", "4 false", "9 false", "14 false", "17 true", "19 false", "29 false");
      assertThat(atOnce.lines).anyMatch(line -> line.startsWith("Losses"));
      assertThat(run(6, lateness, 0).lines).isEqualTo(atOnce.lines);
      assertThat(run(9, lateness, 20).lines).isEqualTo(atOnce.lines);
      assertThat(run(0, lateness, 20).lines).isEqualTo(atOnce.lines);
    }
  }

  // after a restart it says once more what is complete, as a watch may have forgotten
  @Test
  void whatIsCompleteIsToldOnceMore() throws IOException {
    Log log = new Log();
    Teacher teacher = teacher(log);
    teacher.onEvent(SmallJob.events(1, 1, 1).get(0), false);
    teacher.onWatermark(999);
    assertThat(log.complete).isEqualTo(4);
    Log other = new Log();
    Teacher next = teacher(other);
    next.readState(Teacher.FORMAT, new DataInputStream(new ByteArrayInputStream(bytes(teacher))));
    next.onWatermark(999);
    assertThat(other.complete).isEqualTo(4);
  }
}
