package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.event.ClickEvent;
import io.millrace.serving.Scorer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.ModelFolder;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scoring in one process and thread against the same network in DJL's predictor, rounds in turn.
 * Target: 3 times its examples a second at 1 and at 100 events, with the predictor as DJL's guide
 * shows it ({@code batchPredict}, a translator of one event), after the vector kernel has come into
 * use. The figures beside it are those of a predictor for which we make the batch ourselves. With a
 * context, candidates have half of the fields, and their context is prepared for each batch.
 */
@Tag("bench")
class ScorerBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 9);
  private static final int EVENTS = 8_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  @Test
  void againstDjl() throws Exception {
    ModelFolder.publish(folder, ServedCriteo.model(1), ServedCriteo.origin(1), 1);
    LoadedModel loaded = ModelFolder.open(folder);
    Scorer scorer = new Scorer(loaded);
    List<ClickEvent> events = ServedCriteo.events(EVENTS);
    try (DjlDlrm djl = new DjlDlrm(loaded.model().network().orElseThrow())) {
      float[] ours = new float[100];
      scorer.score(events.subList(0, 100), ours);
      assertThat(djl.predict(events.subList(0, 100))).containsExactly(ours, within(1e-5f));
      assertThat(djl.predictStacked(events.subList(0, 100)).get(7))
          .isCloseTo(ours[7], within(1e-5f));
      System.out.printf(Locale.ROOT, "%nscoring, one thread, load %.1f%n", Processor.load());
      double one = compare(scorer, djl, events, 1);
      compare(scorer, djl, events, 8);
      double twenty = compare(scorer, djl, events, 20);
      double hundred = compare(scorer, djl, events, 100);
      double most = compare(scorer, djl, events, 500);
      assertThat(one).as("1 event").isGreaterThanOrEqualTo(3);
      assertThat(twenty).as("20 events").isGreaterThanOrEqualTo(3);
      assertThat(hundred).as("100 events").isGreaterThanOrEqualTo(3);
      assertThat(most).as("500 events").isGreaterThanOrEqualTo(3);
    }
  }

  /** Returns how many times as many whole events a second we score as the predictor does. */
  private static double compare(Scorer scorer, DjlDlrm djl, List<ClickEvent> events, int batch) {
    double[] stacked = new double[ROUNDS];
    double[] batched = new double[ROUNDS];
    double[] whole = new double[ROUNDS];
    double[] shared = new double[ROUNDS];
    List<ClickEvent> fewer = events.subList(0, Math.min(EVENTS, 400 * batch));
    float[] p = new float[batch];
    for (int r = -3; r < ROUNDS; r++) {
      int at = Math.max(0, r);
      stacked[at] = nanos(fewer, batch, part -> djl.predictStacked(part));
      batched[at] = nanos(fewer, batch, part -> djl.predict(part));
      whole[at] = nanos(events, batch, part -> scorer.score(part, p));
      shared[at] =
          nanos(
              events,
              batch,
              part -> scorer.prepare(part.get(0), ServedCriteo.SHARED).score(part, p));
    }
    System.out.printf(
        Locale.ROOT,
        "  batch %3d, us an event: DJL %.2f, DJL with our batch %.2f, ours %.2f, with a context"
            + " %.2f%n",
        batch,
        Processor.median(stacked) / 1e3,
        Processor.median(batched) / 1e3,
        Processor.median(whole) / 1e3,
        Processor.median(shared) / 1e3);
    ratio(batch, "over DJL", stacked, whole);
    ratio(batch, "over DJL with our batch", batched, whole);
    ratio(batch, "with a context over DJL with our batch", batched, shared);
    return Processor.medianRatio(stacked, whole);
  }

  private static void ratio(int batch, String what, double[] theirs, double[] ours) {
    double ratio = Processor.medianRatio(theirs, ours);
    System.out.printf(Locale.ROOT, "    %-40s %6.2f x%n", what, ratio);
    BenchResults.add(ScorerBench.class, "batch " + batch + " " + what, ratio, "x");
  }

  /** Scores a part of the events. */
  private interface Call {
    void score(List<ClickEvent> part);
  }

  private static double nanos(List<ClickEvent> events, int batch, Call call) {
    long begin = THREADS.getCurrentThreadCpuTime();
    for (int from = 0; from + batch <= events.size(); from += batch) {
      call.score(events.subList(from, from + batch));
    }
    return (double) (THREADS.getCurrentThreadCpuTime() - begin) / (events.size() / batch * batch);
  }
}
