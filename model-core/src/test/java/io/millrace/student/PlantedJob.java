package io.millrace.student;

import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.IdEncoder;
import io.millrace.event.Schema;
import io.millrace.event.Transform;
import io.millrace.event.WindowSpec;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedStream;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Arms of {@link SmallJob} on the generator's stream, with few fields whose ids matter much. */
final class PlantedJob {

  static final long DAY = PlantedStream.DAY_MS;
  static final int PER_DAY = 12_000;

  private static final GeneratorOptions DEMO = GeneratorOptions.demo().withEventsPerDay(PER_DAY);

  private static final GeneratorOptions STREAM =
      new GeneratorOptions(
          DEMO.fields().subList(0, 3),
          DEMO.days(),
          PER_DAY,
          DEMO.startTime(),
          DEMO.popularity(),
          DEMO.taste(),
          new GeneratorOptions.Labels(-1, 1, .3, 1.5, .3),
          List.of());

  private PlantedJob() {}

  /** The first {@code n} events, in order. */
  static List<ClickEvent> events(int n, long seed) {
    IdEncoder encoder = new IdEncoder(STREAM.categoricalFields());
    PlantedStream stream = new PlantedStream(STREAM, seed);
    return IntStream.range(0, n)
        .mapToObj(i -> stream.next().toClickEvent(encoder))
        .collect(ArrayList::new, List::add, List::addAll);
  }

  /** A job of one arm, whose windows are days. */
  static JobSpec job(String arm) {
    JobSpec small = SmallJob.job(true, 10, 0);
    Schema schema =
        new Schema(
            List.of(DenseColumn.of("d0", new Transform.Identity())),
            STREAM.categoricalFields(),
            small.schema().label(),
            small.schema().time());
    return small
        .with(JobSpec::schema, schema)
        .with(JobSpec::windows, new WindowSpec(DAY, DAY, 0, 0))
        .with(JobSpec::maxJumpMs, 2 * DAY)
        .with(JobSpec::arms, small.arms().stream().filter(one -> one.name().equals(arm)).toList());
  }
}
