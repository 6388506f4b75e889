package io.millrace.tests.lab.loop;

import io.millrace.event.ClickEvent;
import io.millrace.metric.Metrics;
import io.millrace.metric.WindowMetrics;
import io.millrace.serving.Scorer;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well models predict that were published some time before the events, while the students learn
 * on. All rules when to publish are followed in one run, so that they differ in nothing else, and
 * every rule is scored on the same events.
 */
public final class ServedScores {

  /** The rule of the learner itself: its predictions are made before it learns from a batch. */
  public static final String LEARNER = "learner";

  private static final int BATCH = 512;

  /**
   * Scores of one arm under one rule.
   *
   * @param rule name of the rule
   * @param day day of the events, from 0
   */
  public record Line(String arm, String rule, int day, Metrics metrics) {}

  private final LabStream stream;
  private final int from;
  private final Map<String, Map<String, float[]>> predictions = new LinkedHashMap<>();
  private final Students students;

  private ServedScores(JobSpec job, LabStream stream, int fromDay) {
    this.stream = stream;
    this.from = fromDay * stream.perDay();
    this.students = new Students(job);
  }

  /**
   * Scores by the model of the last sync, which has come at {@code fromDay} and then after each
   * period.
   *
   * @param periods by name of the rule, ms
   */
  public static List<Line> bySync(
      JobSpec job, LabStream stream, long seed, int fromDay, Map<String, Long> periods) {
    ServedScores scores = new ServedScores(job, stream, fromDay);
    Map<String, Long> shards = new LinkedHashMap<>();
    Map<String, Map<String, Scorer>> served = new LinkedHashMap<>();
    try (TrainLoop loop = new TrainLoop(job, seed, scores.students, StageTimer.NONE)) {
      for (int i = 0; i < stream.events().size(); i++) {
        if (i >= scores.from) {
          long since = stream.since(i) - stream.since(scores.from);
          Map<String, Scorer> now = null;
          for (Map.Entry<String, Long> period : periods.entrySet()) {
            long shard = since / period.getValue();
            if (shards.getOrDefault(period.getKey(), -1L) != shard) {
              shards.put(period.getKey(), shard);
              now = now == null ? scores.students.served() : now;
              served.put(period.getKey(), now);
            }
            scores.score(period.getKey(), served.get(period.getKey()), i, i + 1);
          }
        }
        loop.onEvent(stream.events().get(i));
      }
      loop.finish();
    }
    return scores.lines();
  }

  /**
   * Scores by models of a given age, in events.
   *
   * @param step events after which models are copied; a model of age a scores the events that come
   *     a to a + step events after it
   * @param ages by name of the rule, multiples of {@code step}
   */
  public static List<Line> byAge(
      JobSpec job, LabStream stream, long seed, int fromDay, int step, Map<String, Integer> ages) {
    ServedScores scores = new ServedScores(job, stream, fromDay);
    int n = stream.events().size();
    try (TrainLoop loop = new TrainLoop(job, seed, scores.students, StageTimer.NONE)) {
      for (int i = 0; i < n; i++) {
        int at = i;
        if (i % step == 0 && ages.values().stream().anyMatch(age -> at + age >= scores.from)) {
          Map<String, Scorer> now = scores.students.served();
          ages.forEach(
              (rule, age) -> {
                if (at + age >= scores.from && at + age < n) {
                  scores.score(rule, now, at + age, Math.min(n, at + age + step));
                }
              });
        }
        loop.onEvent(stream.events().get(i));
      }
      loop.finish();
    }
    return scores.lines();
  }

  private void score(String rule, Map<String, Scorer> served, int begin, int end) {
    served.forEach(
        (arm, scorer) -> {
          float[] p =
              predictions
                  .computeIfAbsent(arm, a -> new LinkedHashMap<>())
                  .computeIfAbsent(rule, r -> new float[stream.events().size() - from]);
          for (int i = begin; i < end; i += BATCH) {
            List<ClickEvent> batch = stream.events().subList(i, Math.min(end, i + BATCH));
            float[] scored = new float[batch.size()];
            scorer.score(batch, scored);
            System.arraycopy(scored, 0, p, i - from, scored.length);
          }
        });
  }

  private List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    predictions.forEach(
        (arm, rules) -> {
          rules.forEach(
              (rule, p) -> {
                for (int day = stream.day(from); day * stream.perDay() < from + p.length; day++) {
                  lines.add(line(arm, rule, day, p));
                }
              });
          lines.addAll(learner(arm));
        });
    return lines;
  }

  private Line line(String arm, String rule, int day, float[] p) {
    WindowMetrics metrics = new WindowMetrics();
    for (int i = 0; i < p.length; i++) {
      if (stream.day(from + i) == day) {
        metrics.add(p[i], stream.events().get(from + i).label(), 0);
      }
    }
    return new Line(arm, rule, day, metrics.result());
  }

  /** The learner's own predictions, of each batch before it learns it, by day. */
  private List<Line> learner(String arm) {
    List<Line> lines = new ArrayList<>();
    int day = 0;
    for (MetricLine window : students.metrics.get(arm).values()) {
      if (day >= stream.day(from)) {
        lines.add(new Line(arm, LEARNER, day, window.overall()));
      }
      day++;
    }
    return lines;
  }
}
