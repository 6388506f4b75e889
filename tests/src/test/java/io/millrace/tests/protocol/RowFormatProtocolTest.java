package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.file.EventInput;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedStream;
import io.millrace.jobfile.JobConfig;
import io.millrace.serving.Scorer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.PublishedModel;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.Student;
import io.millrace.table.RowFormat;
import io.millrace.tests.LogRows;
import io.millrace.tests.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the formats of served rows cost: at each window's end every arm's model is published in each
 * format, and these score the events of the next window. Figures are NE above that of float32 on
 * the same events, the mean over windows and seeds.
 */
@Tag("long")
class RowFormatProtocolTest {

  private static final List<Long> SEEDS = List.of(20L, 21L, 22L);

  /** What the default, int8, may cost. */
  private static final double MOST = .0001;

  private static final String CRITEO =
      """
      arms:
        - {name: full, hash: full}
        - {name: full-mlet, hash: full, table: mlet}
        - {name: full-mixed, hash: full, table: mixed, mixed: {share: 0.1}}
        - {name: full-pep, hash: full, table: pep, pep: {keep: 0.1}}
        - {name: modulo-10, hash: modulo, ratio: 0.1}
        - {name: learned-10, hash: learned, ratio: 0.1}
        - {name: two-level-2, hash: two-level, ratio: 0.02}
        - {name: two-level-10, hash: two-level, ratio: 0.1}
        - {name: two-level-10-alone, hash: two-level, ratio: 0.1, student: {linear: {share: 0}}}
      """;

  private static final String PLANTED =
      """
      arms:
        - {name: full, hash: full}
        - {name: modulo-10, hash: modulo, ratio: 0.1}
        - {name: two-level-10, hash: two-level, ratio: 0.1}
        - {name: two-level-10-alone, hash: two-level, ratio: 0.1, student: {linear: {share: 0}}}
      """;

  @Test
  void criteo() throws IOException {
    Path log = SharedData.file("criteo-80k/events.csv.gz");
    JobConfig job = job("examples/criteo-80k/equal-bytes.yaml", CRITEO);
    Costs costs = new Costs();
    for (long seed : SEEDS) {
      try (Formats formats = new Formats(job.spec(), seed, costs)) {
        LogRows.read(job, EventInput.of(log), formats);
      }
    }
    costs.publish("protocol-row-formats-criteo.txt");
    assertThat(costs.mean(RowFormat.INT8)).isLessThan(MOST);
  }

  @Test
  void planted() throws IOException {
    JobConfig job = job("examples/generator/job.yaml", PLANTED);
    JobSpec spec = job.spec().with(JobSpec::secondTeacher, false);
    Costs costs = new Costs();
    try (Formats formats = new Formats(spec, SEEDS.get(0), costs)) {
      PlantedStream stream = new PlantedStream(GeneratorOptions.planted(), SEEDS.get(0));
      IdEncoder encoder = new IdEncoder(spec.schema().fields());
      while (stream.hasNext()) {
        formats.accept(stream.next().toClickEvent(encoder));
      }
    }
    costs.publish("protocol-row-formats-planted.txt");
    assertThat(costs.mean(RowFormat.INT8)).isLessThan(MOST);
  }

  /** The example's job with other arms, and a linear part of the default size. */
  private static JobConfig job(String example, String arms) throws IOException {
    String text =
        Files.readString(ProjectRoot.find().resolve(example))
            .replace("\n  linear: {share: 0.5}\n", "\n");
    return JobConfig.parse(text.replaceFirst("(?s)\\n(#[^\\n]*\\n)?arms:.*", "\n" + arms), example);
  }

  /** Trains, and scores each window with the models of the window before. */
  private static final class Formats extends QuietListener
      implements Consumer<ClickEvent>, AutoCloseable {

    private final JobSpec job;
    private final Costs costs;
    private final TrainLoop loop;
    private final Map<String, Map<RowFormat, PublishedModel>> before = new LinkedHashMap<>();
    private final Map<Long, List<ClickEvent>> windows = new LinkedHashMap<>();

    Formats(JobSpec job, long seed, Costs costs) {
      this.job = job;
      this.costs = costs;
      this.loop = new TrainLoop(job, seed, this, StageTimer.NONE);
    }

    @Override
    public void accept(ClickEvent event) {
      long window = Math.floorDiv(event.eventTime(), job.windows().sizeMs());
      windows.computeIfAbsent(window, w -> new ArrayList<>()).add(event);
      loop.onEvent(event);
    }

    /** Scores the window that has ended, then keeps the model for the next one. */
    @Override
    public void publish(Student arm, Student.PublishCause cause) {
      if (cause != Student.PublishCause.WINDOW) {
        return;
      }
      long window = Math.floorDiv(arm.lastEventTime(), job.windows().sizeMs());
      Map<RowFormat, PublishedModel> models = before.get(arm.spec().name());
      if (models != null) {
        costs.add(arm.spec().name(), models, windows.get(window));
      }
      before.put(arm.spec().name(), models(arm));
      windows.keySet().removeIf(w -> w < window);
    }

    private Map<RowFormat, PublishedModel> models(Student arm) {
      Map<RowFormat, PublishedModel> models = new EnumMap<>(RowFormat.class);
      for (RowFormat format : RowFormat.values()) {
        arm.model().fields().forEach(field -> field.servedIn(format));
        models.put(format, PublishedModel.copyOf(job.schema(), arm.model()));
        costs.bytes(
            arm.spec().name(),
            format,
            arm.model().fields().stream().mapToLong(FieldTable::servingBytes).sum());
      }
      return models;
    }

    @Override
    public void close() {
      loop.finish();
      loop.close();
    }
  }

  /** Bytes, and NE above float32, by arm and format. */
  private static final class Costs {

    private final Map<String, Map<RowFormat, Long>> bytes = new LinkedHashMap<>();
    private final Map<String, Map<RowFormat, List<Double>>> ne = new LinkedHashMap<>();

    void bytes(String arm, RowFormat format, long served) {
      bytes.computeIfAbsent(arm, a -> new EnumMap<>(RowFormat.class)).put(format, served);
    }

    void add(String arm, Map<RowFormat, PublishedModel> models, List<ClickEvent> events) {
      double exact = ne(models.get(RowFormat.FLOAT32), events);
      models.forEach(
          (format, model) ->
              ne.computeIfAbsent(arm, a -> new EnumMap<>(RowFormat.class))
                  .computeIfAbsent(format, f -> new ArrayList<>())
                  .add(ne(model, events) - exact));
    }

    private static double ne(PublishedModel model, List<ClickEvent> events) {
      float[] p = new float[events.size()];
      new Scorer(new LoadedModel(null, null, model)).score(events, p);
      double loss = 0;
      double clicks = 0;
      for (int e = 0; e < p.length; e++) {
        float label = events.get(e).label();
        loss -= label * Math.log(p[e]) + (1 - label) * Math.log1p(-p[e]);
        clicks += label;
      }
      double rate = clicks / p.length;
      double entropy = -rate * Math.log(rate) - (1 - rate) * Math.log1p(-rate);
      return loss / p.length / entropy;
    }

    double mean(RowFormat format) {
      return ne.values().stream().mapToDouble(arm -> mean(arm.get(format))).average().orElseThrow();
    }

    private static double mean(List<Double> values) {
      return values.stream().mapToDouble(v -> v).average().orElseThrow();
    }

    void publish(String file) throws IOException {
      Table table = new Table();
      table.line("%-20s %-8s %12s %12s %12s", "arm", "rows", "bytes", "NE, mean", "NE, worst");
      for (Map.Entry<String, Map<RowFormat, List<Double>>> arm : ne.entrySet()) {
        arm.getValue()
            .forEach(
                (format, values) ->
                    table.line(
                        "%-20s %-8s %,12d %+12.7f %+12.7f",
                        arm.getKey(),
                        format.key(),
                        bytes.get(arm.getKey()).get(format),
                        mean(values),
                        values.stream().mapToDouble(v -> v).max().orElseThrow()));
      }
      table.publish(file);
    }
  }
}
