package io.millrace.tests.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * The arms of the figures of Learning to Collide. Their names end in {@code -r} and a percentage of
 * the rows (the paper's size: rows kept in compressed tables), or in {@code -b} and a percentage of
 * the bytes (map included, as served). Two tables are those of two hashes, or of a map for each of
 * the teacher's two dimensions.
 */
final class CollideArms {

  static final List<Integer> SIZES = List.of(1, 5, 20, 50);

  /** Shares of a full row in float32, of which a row in int8 takes 28 %. */
  static final List<Integer> BYTES = List.of(2, 5, 20);

  /** Percentage at which tables are doubled, hot ids kept and uses of frequency compared. */
  static final int SMALL = 5;

  private CollideArms() {}

  static String rows(String hash, int percent) {
    return hash + "-r" + percent;
  }

  static String bytes(String hash, int percent) {
    return hash + "-b" + percent;
  }

  /** The arms of figures 1, 3, 4 and 5. */
  static List<String> main() {
    List<String> arms = new ArrayList<>();
    arms.add("name: full, hash: full");
    for (int size : SIZES) {
      arms.add(byRows("modulo", "modulo", size, ""));
      arms.add(byRows("learned", "learned", size, ""));
    }
    arms.add(byRows("modulo", "modulo", 100, ""));
    for (int size : BYTES) {
      arms.add(byBytes("modulo", "modulo", size, ""));
      arms.add(byBytes("learned", "learned", size, ""));
    }
    addBoth(arms, "double", "double", "");
    addBoth(arms, "learned-d", "learned", ", internal_tables: D");
    addBoth(arms, "hot1", "freq-double", ", hot: 0.01");
    addBoth(arms, "hot2.5", "freq-double", ", hot: 0.025");
    return arms;
  }

  private static void addBoth(List<String> arms, String name, String hash, String more) {
    arms.add(byRows(name, hash, SMALL, more));
    arms.add(byBytes(name, hash, SMALL, more));
  }

  /** The arms of figure 2. */
  static List<String> cutoff() {
    return List.of(1, 5, 20).stream().map(s -> byRows("modulo", "modulo", s, "")).toList();
  }

  /** The arms of figures 6 and 7: one table, and two. */
  static List<String> frequency() {
    return List.of(
        byRows("learned", "learned", SMALL, ""),
        byRows("learned-d", "learned", SMALL, ", internal_tables: D"));
  }

  /** The arm of figure 8. */
  static List<String> samples() {
    return List.of(byRows("learned", "learned", SMALL, ""));
  }

  private static String byRows(String name, String hash, int percent, String more) {
    return Figures.text(
        "name: %s, hash: %s, ratio: %.2f%s", rows(name, percent), hash, percent / 100., more);
  }

  private static String byBytes(String name, String hash, int percent, String more) {
    return Figures.text(
        "name: %s, hash: %s, bytes: %d%%%s", bytes(name, percent), hash, percent, more);
  }
}
