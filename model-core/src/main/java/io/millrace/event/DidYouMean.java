package io.millrace.event;

import java.util.Collection;
import java.util.Locale;

/** Suggests the name that a misspelt one may have meant. */
public final class DidYouMean {

  private DidYouMean() {}

  /** {@code "; did you mean 'x'?"} for the nearest of {@code known}, or nothing if none is near. */
  public static String among(String wrong, Collection<String> known) {
    String best = nearest(wrong, known);
    return best == null ? "" : "; did you mean '" + best + "'?";
  }

  /** The nearest of {@code known}, or null if none is near. */
  public static String nearest(String wrong, Collection<String> known) {
    String best = null;
    int least = Math.max(1, wrong.length() / 3) + 1;
    for (String name : known) {
      int distance = distance(wrong.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    return best;
  }

  /** Edits (insert, delete, replace, swap of neighbours) from {@code a} to {@code b}. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        d[i][j] = i == 0 || j == 0 ? i + j : step(a, b, d, i, j);
      }
    }
    return d[a.length()][b.length()];
  }

  private static int step(String a, String b, int[][] d, int i, int j) {
    int replace = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int best = Math.min(replace, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
    boolean swap =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swap ? Math.min(best, d[i - 2][j - 2] + 1) : best;
  }
}
