package io.millrace.generator;

import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;

/**
 * The events of a planted stream in time order, and the oracle of the planted clusters.
 *
 * <pre>
 * once      each id: cluster, taste, rank, birth, death; the label model
 * each day  popularity of the day ── each event: ids ~ popularity, dense ~ N(0, 1)
 *                                    p = model(tastes, dense), label ~ p
 *           tastes drift, popularity walks
 * </pre>
 *
 * <p>Memory depends on the ids alone (about 44 bytes each). Not thread-safe. It differs from the
 * numpy script that it follows: in the random numbers; id 0 of each field is alive on all days;
 * dense values are rounded to 1/10,000, so that a csv holds them exactly.
 */
public final class PlantedStream implements Iterator<PlantedEvent> {

  /** Length of a day, milliseconds. */
  public static final long DAY_MS = 86_400_000L;

  private final GeneratorOptions options;
  private final long seed;
  private final List<PlantedField> fields = new ArrayList<>();
  private final LabelModel model;
  private final List<DayFacts> facts = new ArrayList<>();
  private final double[] tastes;

  private int day = -1;
  private int inDay;
  private SplittableRandom random;
  private BestScore best;

  /** The stream of {@code options} and {@code seed}, before its first event. */
  public PlantedStream(GeneratorOptions options, long seed) {
    this.options = options;
    this.seed = seed;
    for (int f = 0; f < options.fields().size(); f++) {
      fields.add(new PlantedField(options, seed, f));
    }
    this.model = new LabelModel(options, seed);
    this.tastes = new double[fields.size() * options.taste().dim()];
    this.inDay = options.eventsPerDay();
  }

  /** The options. */
  public GeneratorOptions options() {
    return options;
  }

  @Override
  public boolean hasNext() {
    return inDay < options.eventsPerDay() || day + 1 < options.days();
  }

  @Override
  public PlantedEvent next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the stream ends after " + options.events() + " events");
    }
    if (inDay == options.eventsPerDay()) {
      openDay();
    }
    PlantedEvent event = draw();
    best.add(event.probability(), event.label() > 0);
    if (++inDay == options.eventsPerDay()) {
      facts.add(best.facts());
    }
    return event;
  }

  /** The scores of the best possible model, for each complete day. */
  public List<DayFacts> facts() {
    return List.copyOf(facts);
  }

  /** The planted cluster of an id: the oracle of a learned hash. */
  public int cluster(int field, int id) {
    return fields.get(field).cluster(id);
  }

  /** The first day on which an id can occur, from 0. */
  public int birth(int field, int id) {
    return fields.get(field).birth(id);
  }

  /** True if an id is alive on a day and can occur. */
  public boolean lives(int field, int id, int onDay) {
    return fields.get(field).lives(id, onDay);
  }

  /** The taste of an id on the current day, {@code float[taste dimensions]}. */
  public float[] taste(int field, int id) {
    float[] taste = new float[options.taste().dim()];
    for (int k = 0; k < taste.length; k++) {
      taste[k] = fields.get(field).taste(id, k);
    }
    return taste;
  }

  private void openDay() {
    for (PlantedField field : fields) {
      if (day >= 0) {
        field.close(day);
      }
      field.open(day + 1);
    }
    day++;
    inDay = 0;
    random = Seeds.generator(seed, "generator/events", day);
    best = new BestScore(day);
  }

  private PlantedEvent draw() {
    int dim = options.taste().dim();
    int[] ids = new int[fields.size()];
    for (int f = 0; f < ids.length; f++) {
      ids[f] = fields.get(f).draw(random);
      for (int k = 0; k < dim; k++) {
        tastes[f * dim + k] = fields.get(f).taste(ids[f], k);
      }
    }
    float[] dense = new float[options.labels().dense()];
    for (int d = 0; d < dense.length; d++) {
      dense[d] = (float) (StrictMath.rint(Gaussian.next(random) * 10_000) / 10_000);
    }
    double probability = model.probability(dense, tastes);
    float label = Draw.unit(random) < probability ? 1 : 0;
    long time = options.startTime() + day * DAY_MS + inDay * DAY_MS / options.eventsPerDay();
    return new PlantedEvent(time, day, label, probability, dense, ids);
  }
}
