package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.event.Transform;
import io.millrace.metric.KolmogorovSmirnov;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class DenseDriftTest {

  private static final JobSpec JOB = SmallJob.job(true, 10, 0);

  /** Three days; the second has other values, and every fourth event of it has none. */
  private static List<ClickEvent> events() {
    List<ClickEvent> events = new ArrayList<>();
    for (ClickEvent event : SmallJob.events(3, 500, 3)) {
      boolean second = event.eventTime() / SmallJob.DAY == 1;
      boolean none = second && events.size() % 4 == 0;
      float value = event.dense()[0] * (second ? 3 : 1);
      events.add(
          new ClickEvent(
              event.eventTime(),
              event.label(),
              new float[] {none ? 99 : value},
              event.ids(),
              event.offsets(),
              none ? new long[] {1} : new long[0]));
    }
    return events;
  }

  private static List<DenseLine> lines(List<ClickEvent> events) {
    List<DenseLine> lines = new ArrayList<>();
    DenseDrift drift = new DenseDrift(JOB, 7);
    events.forEach(drift::add);
    drift.onWatermark(Long.MAX_VALUE, lines::add);
    return lines;
  }

  private static double[] values(List<ClickEvent> events, long day) {
    return events.stream()
        .filter(e -> e.eventTime() / SmallJob.DAY == day && !e.missing(0))
        .mapToDouble(e -> e.dense()[0])
        .toArray();
  }

  // Law: figures are those of the values by their definitions; few values are told apart exactly
  @Test
  void figuresAreThoseOfTheValues() {
    List<ClickEvent> events = events();
    List<DenseLine> lines = lines(events);
    assertThat(lines).hasSize(3);
    for (int day = 0; day < 3; day++) {
      DenseLine line = lines.get(day);
      double[] values = values(events, day);
      double mean = DoubleStream.of(values).average().orElseThrow();
      double variance =
          DoubleStream.of(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
      assertThat(line.field()).isEqualTo("d");
      assertThat(line.windowStart()).isEqualTo(day * SmallJob.DAY);
      assertThat(line.windowEnd()).isEqualTo((day + 1) * SmallJob.DAY);
      assertThat(line.events()).isEqualTo(500);
      assertThat(line.mean()).isCloseTo(mean, within(1e-12));
      assertThat(line.deviation()).isCloseTo(Math.sqrt(variance), within(1e-12));
      assertThat(line.missing()).isEqualTo(day == 1 ? .25 : 0);
      if (day == 0) {
        assertThat(line.ks()).isNaN();
      } else {
        double exact = KolmogorovSmirnov.statistic(values(events, day - 1), values);
        assertThat(line.ks()).isCloseTo(exact, within(1e-12)).isGreaterThan(.5);
      }
    }
  }

  // Law: the order of events, the parts they are summarised in and a restart change no bit
  @Test
  void orderPartsAndRestartsDoNotMatter() throws IOException {
    List<ClickEvent> events = events();
    List<ClickEvent> shuffled = new ArrayList<>(events);
    Collections.shuffle(shuffled, new Random(1));
    assertThat(lines(shuffled)).isEqualTo(lines(events));

    List<DenseLine> lines = new ArrayList<>();
    DenseDrift drift = new DenseDrift(JOB, 7);
    for (int from = 0; from < events.size(); from += 300) {
      DensePanes one = new DensePanes(JOB);
      DensePanes two = new DensePanes(JOB);
      for (int i = from; i < from + 300; i++) {
        (i % 3 == 0 ? one : two).add(events.get(i));
      }
      drift.addAll(two.take());
      drift.addAll(one.take());
      drift.onWatermark(events.get(from + 299).eventTime() - 1, lines::add);
      drift = restored(drift);
    }
    drift.onWatermark(Long.MAX_VALUE, lines::add);
    assertThat(lines).isEqualTo(lines(events));
  }

  // Law: where one event does not tell whether values were missing, no share is given
  @Test
  void unknownIsNoShare() {
    List<ClickEvent> events = events();
    ClickEvent e = events.get(0);
    events.set(0, new ClickEvent(e.eventTime(), e.label(), e.dense(), e.ids(), e.offsets()));
    List<DenseLine> lines = lines(events);
    assertThat(lines.get(0).missing()).isNaN();
    assertThat(lines.get(1).missing()).isEqualTo(.25);
  }

  private static DenseDrift restored(DenseDrift drift) throws IOException {
    return restored(drift, JOB);
  }

  private static DenseDrift restored(DenseDrift drift, JobSpec job) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    drift.writeState(new DataOutputStream(bytes));
    DenseDrift copy = new DenseDrift(job, 7);
    copy.readState(
        new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())),
        SchemaChange.between(JOB.schema(), job.schema()));
    return copy;
  }

  // Law: a kept column's line is what it would be, wherever the column is; a new one is missing
  @Test
  void aColumnThatIsKeptGoesOn() throws IOException {
    Schema was = JOB.schema();
    List<DenseColumn> columns =
        List.of(DenseColumn.of("new", new Transform.Identity()), was.dense().get(0));
    Schema now = new Schema(columns, was.fields(), was.label(), was.time());
    List<ClickEvent> events = events();
    DenseDrift drift = new DenseDrift(JOB, 7);
    events.forEach(drift::add);
    List<DenseLine> lines = new ArrayList<>();
    restored(drift, JOB.with(JobSpec::schema, now)).onWatermark(Long.MAX_VALUE, lines::add);
    List<DenseLine> expected = lines(events);
    assertThat(lines).hasSize(2 * expected.size());
    for (int pane = 0; pane < expected.size(); pane++) {
      assertThat(lines.get(2 * pane).missing()).isEqualTo(1);
      assertThat(lines.get(2 * pane).field()).isEqualTo("new");
      assertThat(lines.get(2 * pane + 1)).isEqualTo(expected.get(pane));
    }
  }
}
