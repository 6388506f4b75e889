package io.millrace.generator;

import io.millrace.generator.GeneratorOptions.Change;
import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The ids of one field with their taste, cluster, popularity and lifetime, which change from day to
 * day. About 44 bytes per id with four dimensions of taste.
 */
final class PlantedField {

  private static final int NEVER = Integer.MAX_VALUE;

  private final GeneratorOptions options;
  private final long seed;
  private final int field;
  private final int ids;
  private final int dim;
  private final int[] cluster;
  private final int[] birth;
  private final int[] death;
  private final double[] weight;
  private final float[] taste;
  private final double[] centre;

  /** Cumulative weights of the day; an id that is not alive adds 0. */
  private final double[] cumulative;

  PlantedField(GeneratorOptions options, long seed, int field) {
    this.options = options;
    this.seed = seed;
    this.field = field;
    this.ids = options.fields().get(field).ids();
    this.dim = options.taste().dim();
    this.cluster = new int[ids];
    this.birth = new int[ids];
    this.death = new int[ids];
    this.weight = new double[ids];
    this.taste = new float[Math.multiplyExact(ids, dim)];
    this.cumulative = new double[ids];
    this.centre = new double[options.fields().get(field).clusters() * dim];
    plantTastes();
    plantPopularity();
    plantLives();
  }

  int ids() {
    return ids;
  }

  int cluster(int id) {
    return cluster[id];
  }

  boolean lives(int id, int day) {
    return birth[id] <= day && day < death[id];
  }

  int birth(int id) {
    return birth[id];
  }

  float taste(int id, int k) {
    return taste[id * dim + k];
  }

  /** Draws the day's popularity; must be called for days 0, 1, … in order, before {@link #draw}. */
  void open(int day) {
    for (Change change : options.changes()) {
      if (change.day() == day) {
        change(change);
      }
    }
    SplittableRandom random = stream("day", day);
    double noise = options.popularity().dayNoise();
    double walk = options.popularity().walk();
    double sum = 0;
    for (int id = 0; id < ids; id++) {
      double today = weight[id] * StrictMath.exp(noise * Gaussian.next(random));
      weight[id] *= StrictMath.exp(walk * Gaussian.next(random));
      sum += lives(id, day) ? today : 0;
      cumulative[id] = sum;
    }
  }

  /** Draws an id that is alive on the open day, in proportion to its weight. */
  int draw(SplittableRandom random) {
    double x = Draw.unit(random) * cumulative[ids - 1];
    int low = 0;
    int high = ids - 1;
    while (low < high) { // the first id whose running sum is above x
      int middle = (low + high) >>> 1;
      if (cumulative[middle] > x) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Applies the drift of tastes at the end of a day. */
  void close(int day) {
    SplittableRandom random = stream("drift", day);
    double drift = options.taste().drift();
    for (int i = 0; i < taste.length; i++) {
      taste[i] += (float) (drift * Gaussian.next(random));
    }
  }

  private void plantTastes() {
    SplittableRandom random = stream("taste", 0);
    Arrays.setAll(centre, i -> StrictMath.sqrt(options.taste().rho()) * Gaussian.next(random));
    for (int id = 0; id < ids; id++) {
      plantTaste(id, random);
    }
  }

  private void plantTaste(int id, SplittableRandom random) {
    cluster[id] = Draw.below(random, centre.length / dim);
    for (int k = 0; k < dim; k++) {
      double own = StrictMath.sqrt(1 - options.taste().rho()) * Gaussian.next(random);
      taste[id * dim + k] = (float) (centre[cluster[id] * dim + k] + own);
    }
  }

  private void change(Change change) {
    SplittableRandom random = stream(change.kind().name(), change.day());
    int[] chosen = chosen(change, random);
    switch (change.kind()) {
      case TASTES -> Arrays.stream(chosen).forEach(id -> plantTaste(id, random));
      case SWAP -> {
        double[] before = Arrays.stream(chosen).mapToDouble(id -> weight[id]).toArray();
        int[] order = Draw.permutation(random, chosen.length);
        for (int i = 0; i < chosen.length; i++) {
          weight[chosen[i]] = before[order[i]];
        }
      }
      case BIRTHS -> {} // done in plantLives
    }
  }

  private int[] chosen(Change change, SplittableRandom random) {
    return IntStream.range(0, ids).filter(id -> Draw.unit(random) < change.share()).toArray();
  }

  private void plantPopularity() {
    int[] rank = Draw.permutation(stream("rank", 0), ids);
    double zipf = options.popularity().zipf();
    Arrays.setAll(weight, id -> StrictMath.pow(rank[id] + 1, -zipf));
  }

  /** Draws the lifetimes. Id 0 is always alive, so that every day has an id. */
  private void plantLives() {
    SplittableRandom random = stream("life", 0);
    Arrays.fill(death, NEVER);
    for (int id = 0; id < ids; id++) {
      boolean late = Draw.unit(random) < options.popularity().birthShare();
      double when = Draw.unit(random);
      boolean dies = Draw.unit(random) < options.popularity().deathShare();
      double until = Draw.unit(random);
      if (id > 0) {
        birth[id] = late ? later(0, when) : 0;
        death[id] = dies ? later(birth[id], until) : NEVER;
      }
    }
    for (Change change : options.changes()) {
      if (change.kind() == Change.Kind.BIRTHS) {
        for (int id : chosen(change, stream(change.kind().name(), change.day()))) {
          birth[id] = id == 0 ? 0 : change.day();
          death[id] = NEVER;
        }
      }
    }
  }

  /** A day after {@code day}; the stream's end if there is none within it. */
  private int later(int day, double unit) {
    return day + 1 + (int) (unit * (options.days() - 1 - day));
  }

  private SplittableRandom stream(String part, int day) {
    return Seeds.generator(seed, "generator/" + part + "/" + field, day);
  }
}
