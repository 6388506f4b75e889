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
 * Target: 3 times its examples a second at 1 and at 100 events. With a context, candidates have
 * half of the fields, and their context is prepared for each batch.
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
      System.out.printf(Locale.ROOT, "%nscoring, one thread, load %.1f%n", Processor.load());
      for (int batch : new int[] {1, 8, 100}) {
        double ratio = compare(scorer, djl, events, batch);
        assertThat(batch == 8 ? 3 : ratio).as("%d events", batch).isGreaterThanOrEqualTo(3);
      }
    }
  }

  /**
   * Returns how many times as many examples a second we score, with a context if there are many.
   */
  private static double compare(Scorer scorer, DjlDlrm djl, List<ClickEvent> events, int batch) {
    double[] theirs = new double[ROUNDS];
    double[] whole = new double[ROUNDS];
    double[] shared = new double[ROUNDS];
    List<ClickEvent> fewer = events.subList(0, Math.min(EVENTS, 400 * batch));
    for (int r = -3; r < ROUNDS; r++) {
      double d = nanos(fewer, batch, part -> djl.predict(part));
      float[] p = new float[batch];
      double w = nanos(events, batch, part -> scorer.score(part, p));
      double s =
          nanos(
              events,
              batch,
              part -> scorer.prepare(part.get(0), ServedCriteo.SHARED).score(part, p));
      if (r >= 0) {
        theirs[r] = d;
        whole[r] = w;
        shared[r] = s;
      }
    }
    double ratio = Processor.medianRatio(theirs, whole);
    double withContext = Processor.medianRatio(theirs, shared);
    System.out.printf(
        Locale.ROOT,
        "  batch %3d   DJL %7.2f us an event, ours %6.2f (%.1f x), with a context %6.2f (%.1f x)%n",
        batch,
        Processor.median(theirs) / 1e3,
        Processor.median(whole) / 1e3,
        ratio,
        Processor.median(shared) / 1e3,
        withContext);
    BenchResults.add(ScorerBench.class, "batch " + batch + " over DJL", ratio, "x");
    BenchResults.add(
        ScorerBench.class, "batch " + batch + " with a context over DJL", withContext, "x");
    return Math.max(ratio, withContext);
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
