package io.millrace.generator;

import io.millrace.event.CategoricalField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The options of a {@link PlantedStream}. Among the presets, {@link #planted()} is the stream on
 * which the project's methods are compared, and {@link #demo()} a small one with the same
 * properties.
 *
 * @param fields the categorical fields {@code f0, f1, …}, at least one
 * @param days length of the stream in days of 24 hours, at least 1
 * @param eventsPerDay events in each day, evenly spread over it, at least 1
 * @param startTime when day 0 starts, milliseconds since 1970-01-01T00:00:00Z
 * @param popularity how often ids occur
 * @param taste latent vectors of the ids ("tastes")
 * @param labels how click probabilities follow from tastes
 * @param changes sudden changes at the start of a day, in the order given
 */
public record GeneratorOptions(
    List<Field> fields,
    int days,
    int eventsPerDay,
    long startTime,
    Popularity popularity,
    Taste taste,
    Labels labels,
    List<Change> changes) {

  /** 2024-01-01T00:00:00Z, a Monday. */
  public static final long DEFAULT_START = 1_704_067_200_000L;

  /**
   * A categorical field.
   *
   * @param ids distinct ids over the whole stream, at least 1
   * @param clusters planted clusters, in 1..ids
   */
  public record Field(int ids, int clusters) {
    public Field {
      atLeast("ids", ids, 1);
      if (clusters < 1 || clusters > ids) {
        throw new IllegalArgumentException(
            "clusters must be in 1.." + ids + " (ids) but was " + clusters);
      }
    }
  }

  /**
   * How often ids occur. On day {@code t} the id of rank {@code r} has the weight {@code r^-zipf *
   * exp(walk * (g_1 + … + g_t)) * exp(dayNoise * h_t)} while it lives, with {@code g} and {@code h}
   * standard normal for each id and day.
   *
   * @param zipf exponent of the power law, at least 0; 0 makes all ids equally frequent
   * @param birthShare share of ids that first occur on a random later day, in [0, 1]
   * @param deathShare share of ids that occur no more from a random later day on, in [0, 1]
   * @param dayNoise noise of a single day, standard deviation of the logarithm, at least 0
   * @param walk lasting change from day to day, standard deviation of the logarithm, at least 0
   */
  public record Popularity(
      double zipf, double birthShare, double deathShare, double dayNoise, double walk) {
    public Popularity {
      notNegative("zipf", zipf);
      share("birth_share", birthShare);
      share("death_share", deathShare);
      notNegative("day_noise", dayNoise);
      notNegative("walk", walk);
    }
  }

  /**
   * The taste of an id: {@code sqrt(rho) * centre of its cluster + sqrt(1 - rho) * own deviation},
   * both standard normal in each dimension.
   *
   * @param dim dimensions of a taste, at least 1
   * @param rho share of the variance that the cluster explains, in [0, 1]
   * @param drift standard deviation of an id's step from each day to the next, in each dimension
   */
  public record Taste(int dim, double rho, double drift) {
    public Taste {
      atLeast("dim", dim, 1);
      share("rho", rho);
      notNegative("drift", drift);
    }
  }

  /**
   * The model of the labels: the logit of a click is {@code bias + w·dense + Σ_f m_f·z_f + Σ_{f<g}
   * z_f' A_fg z_g} with normal weights of the given standard deviations.
   *
   * @param bias logit of an average event; -1.9 gives some 28 % clicks with the presets
   * @param dense dense columns {@code d0, d1, …}, standard normal, at least 0
   * @param denseWeight standard deviation of {@code w}, at least 0
   * @param mainEffect standard deviation of {@code m}, at least 0
   * @param pairEffect standard deviation of {@code A}, at least 0
   */
  public record Labels(
      double bias, int dense, double denseWeight, double mainEffect, double pairEffect) {
    public Labels {
      finite("bias", bias);
      atLeast("dense", dense, 0);
      notNegative("dense_weight", denseWeight);
      notNegative("main_effect", mainEffect);
      notNegative("pair_effect", pairEffect);
    }
  }

  /**
   * A sudden change, in every field.
   *
   * @param kind the kind of change
   * @param day the day at whose start it happens, at least 1, because nothing precedes day 0
   * @param share share of the ids that change, each drawn independently, in [0, 1]
   */
  public record Change(Kind kind, int day, double share) {

    /** The kinds of sudden change. */
    public enum Kind {
      /** Ids get new tastes: each draws a new cluster. */
      TASTES,
      /** New ids, which have not occurred before. Id 0 is never one of them. */
      BIRTHS,
      /** Ids exchange their popularity at random. */
      SWAP
    }

    public Change {
      atLeast("day", day, 1);
      GeneratorOptions.share("share", share);
    }
  }

  public GeneratorOptions {
    fields = List.copyOf(fields);
    changes = List.copyOf(changes);
    atLeast("fields", fields.size(), 1);
    atLeast("days", days, 1);
    atLeast("events_per_day", eventsPerDay, 1);
    if (eventsPerDay > PlantedStream.DAY_MS) {
      throw new IllegalArgumentException(
          "events_per_day must be <= " + PlantedStream.DAY_MS + " but was " + eventsPerDay);
    }
  }

  /**
   * The stream for comparisons: eight fields of 2,000 to 200,000 ids in 20 to 80 clusters, eight
   * days of 200,000 events.
   */
  public static GeneratorOptions planted() {
    return preset(
        200_000,
        new int[] {2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 150_000, 200_000},
        new int[] {20, 30, 40, 50, 60, 80, 80, 80});
  }

  /**
   * The stream of the demo: {@link #planted()} with about a seventh of the ids and of the events,
   * so that ids are as frequent.
   */
  public static GeneratorOptions demo() {
    return preset(
        30_000,
        new int[] {300, 750, 1_500, 3_000, 7_500, 15_000, 22_500, 30_000},
        new int[] {10, 12, 16, 20, 24, 30, 30, 30});
  }

  /**
   * A stationary stream of the demo's size: no births, no noise, no drift of tastes. It is the
   * control of {@link #drift()}.
   */
  public static GeneratorOptions stationary() {
    return demo().withPopularity(new Popularity(1.05, 0, 0, 0, 0)).withTaste(new Taste(4, .8, 0));
  }

  /**
   * {@link #stationary()} with three sudden changes, days counted from 0: half of the ids get new
   * tastes on day 4, a tenth of the ids first occurs on day 6, and half of the ids exchange their
   * popularity on day 7.
   */
  public static GeneratorOptions drift() {
    return stationary()
        .withChanges(
            List.of(
                new Change(Change.Kind.TASTES, 4, .5),
                new Change(Change.Kind.BIRTHS, 6, .1),
                new Change(Change.Kind.SWAP, 7, .5)));
  }

  /** The presets by name. */
  public static Map<String, GeneratorOptions> presets() {
    return Map.of(
        "planted", planted(), "demo", demo(), "stationary", stationary(), "drift", drift());
  }

  /** These options with another number of days; births and deaths spread over all days. */
  public GeneratorOptions withDays(int newDays) {
    return new GeneratorOptions(
        fields, newDays, eventsPerDay, startTime, popularity, taste, labels, changes);
  }

  /** These options with another number of events per day. */
  public GeneratorOptions withEventsPerDay(int newEventsPerDay) {
    return new GeneratorOptions(
        fields, days, newEventsPerDay, startTime, popularity, taste, labels, changes);
  }

  /** These options with another popularity. */
  public GeneratorOptions withPopularity(Popularity newPopularity) {
    return new GeneratorOptions(
        fields, days, eventsPerDay, startTime, newPopularity, taste, labels, changes);
  }

  /** These options with other tastes. */
  public GeneratorOptions withTaste(Taste newTaste) {
    return new GeneratorOptions(
        fields, days, eventsPerDay, startTime, popularity, newTaste, labels, changes);
  }

  /** These options with other sudden changes. */
  public GeneratorOptions withChanges(List<Change> newChanges) {
    return new GeneratorOptions(
        fields, days, eventsPerDay, startTime, popularity, taste, labels, newChanges);
  }

  /** Number of events in the whole stream. */
  public long events() {
    return (long) days * eventsPerDay;
  }

  /** The fields for a schema: single-valued, with the true number as {@code expected_ids}. */
  public List<CategoricalField> categoricalFields() {
    List<CategoricalField> named = new ArrayList<>();
    for (int f = 0; f < fields.size(); f++) {
      named.add(new CategoricalField(fieldName(f), fieldName(f), "", fields.get(f).ids()));
    }
    return named;
  }

  /** Name of field {@code f}, also its column in the csv. */
  public static String fieldName(int field) {
    return "f" + field;
  }

  /** Name of dense column {@code d}, also its column in the csv. */
  public static String denseName(int column) {
    return "d" + column;
  }

  private static GeneratorOptions preset(int eventsPerDay, int[] ids, int[] clusters) {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < ids.length; f++) {
      fields.add(new Field(ids[f], clusters[f]));
    }
    return new GeneratorOptions(
        fields,
        8,
        eventsPerDay,
        DEFAULT_START,
        new Popularity(1.05, .25, 0, .5, .25),
        new Taste(4, .8, .06),
        new Labels(-1.9, 4, .3, .28, .11),
        List.of());
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be >= " + least + " but was " + value);
    }
  }

  private static void share(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1] but was " + value);
    }
  }

  private static void notNegative(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be >= 0 but was " + value);
    }
  }

  private static void finite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be finite but was " + value);
    }
  }
}
