package io.millrace.tests.lab;

import java.util.ArrayList;
import java.util.List;

/** The arms of the figure of equal bytes: every hash at every size, in several variants. */
final class EqualBytesArms {

  /** Budgets, in percent of a full row in float32 for each expected id. */
  static final List<Integer> SIZES = List.of(1, 2, 5, 10, 20);

  static final List<String> HASHES =
      List.of("modulo", "hot-kept", "double", "qr", "learned", "two-level");

  /** Shares of the weights that a pruned table with a row for each id keeps. */
  static final List<String> KEPT = List.of(".01", ".03", ".1", ".3");

  /** What an arm has beside its hash; its name ends so. */
  static final String WITH_LINEAR = "";

  static final String ALONE = "-alone";
  static final String MLET = "-mlet";
  static final String MLET_ALONE = "-mlet-alone";

  private static final String NO_LINEAR = ", student: {linear: {share: 0}}";
  private static final String FACTORISED = ", table: mlet";

  private EqualBytesArms() {}

  /** Hashes whose arms also come with MLET. */
  static boolean factorised(String hash) {
    return List.of("modulo", "learned", "two-level").contains(hash);
  }

  /**
   * The arms.
   *
   * @param linear share of the linear part
   * @param small fewer arms, for a longer log: variants of three hashes only, MLET with a linear
   *     part only
   */
  static List<String> of(double linear, boolean small) {
    List<String> arms = new ArrayList<>();
    for (String variant : List.of(WITH_LINEAR, ALONE, MLET, MLET_ALONE)) {
      arms.add(arm("full" + variant, "hash: full", variant));
    }
    for (String kept : small ? KEPT.subList(1, KEPT.size()) : KEPT) {
      arms.add(
          "name: pep-%s, hash: full, table: pep, pep: {keep: %s}%s"
              .formatted(kept, kept, NO_LINEAR));
    }
    for (int size : SIZES) {
      arms.add("name: linear-%d, hash: none, bytes: %d%%".formatted(size, size));
      for (String hash : HASHES) {
        addHash(arms, hash, size, small);
      }
      addPruned(arms, size, linear, small);
    }
    return arms;
  }

  private static void addHash(List<String> arms, String hash, int size, boolean small) {
    String budget = "hash: %s, bytes: %d%%".formatted(hash, size);
    for (String variant : List.of(WITH_LINEAR, ALONE, MLET, MLET_ALONE)) {
      boolean table = variant.startsWith(MLET);
      boolean rest = small && (variant.equals(MLET_ALONE) || !factorised(hash));
      if (variant.isEmpty() || !rest && (!table || factorised(hash))) {
        arms.add(arm(hash + "-" + size + variant, budget, variant));
      }
    }
  }

  /**
   * A pruned hashed table: a fifth of its weights, in bf16 with a bit for each weight, takes 1/2.14
   * of its rows in int8. So it begins with that much more rows.
   */
  private static void addPruned(List<String> arms, int size, double linear, boolean small) {
    String pruned = "name: %s, hash: modulo, bytes: %.2f%%, table: pep, pep: {keep: 0.2}%s";
    if (!small) {
      arms.add(Figures.text(pruned, "modulo-pep-" + size + ALONE, 2.14 * size, NO_LINEAR));
    }
    double before = linear + (1 - linear) * 2.14;
    String share =
        Figures.text(", student: {linear: {share: %.2f}}", Math.ceil(100 * linear / before) / 100);
    arms.add(Figures.text(pruned, "modulo-pep-" + size, before * size, share));
  }

  private static String arm(String name, String budget, String variant) {
    String table = variant.startsWith(MLET) ? FACTORISED : "";
    String linear = variant.endsWith(ALONE) ? NO_LINEAR : "";
    return "name: " + name + ", " + budget + table + linear;
  }
}
